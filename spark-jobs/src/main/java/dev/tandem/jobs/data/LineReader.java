package dev.tandem.jobs.data;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * The lines of one split as raw bytes, decoded strictly on demand. Lines end in LF or CR LF, the
 * last one with or without; a byte order mark at the start of the file is dropped. For one thread.
 */
final class LineReader implements AutoCloseable {
  /** Longest line accepted; a longer one is surely not text. */
  static final int MAX_LINE_BYTES = 64 << 20;

  private static final int BUFFER_BYTES = 1 << 17;

  private final InputSplit split;
  private final InputStream in;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long left;
  private int position;
  private int limit;
  private byte[] line = new byte[1024];
  private int lineLength;
  private boolean tooLong;
  private long number;

  LineReader(Configuration hadoop, InputSplit split) throws IOException {
    this.split = split;
    this.number = split.firstLine() - 1;
    Path path = new Path(split.path());
    FSDataInputStream raw = path.getFileSystem(hadoop).open(path);
    try {
      if (split.compressed()) {
        this.in = split.length() == 0 ? raw : new GZIPInputStream(new Members(raw), BUFFER_BYTES);
        this.left = Long.MAX_VALUE;
      } else {
        if (split.offset() > 0) {
          raw.seek(split.offset());
        }
        this.in = raw;
        this.left = split.length();
      }
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /**
   * Moves to the split's next line.
   *
   * @return false at the end
   * @throws IOException where the file cannot be read on, as with a truncated gzip file
   */
  boolean next() throws IOException {
    do {
      if (!read()) {
        return false;
      }
      number++;
    } while (!split.owns(number));
    return true;
  }

  private boolean read() throws IOException {
    lineLength = 0;
    tooLong = false;
    boolean any = false;
    while (true) {
      if (position == limit && !fill()) {
        return any;
      }
      any = true;
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      append(position, end);
      if (end < limit) {
        position = end + 1;
        return true;
      }
      position = end;
    }
  }

  private boolean fill() throws IOException {
    if (left == 0) {
      return false;
    }
    int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
    if (read < 0) {
      if (!split.compressed()) {
        throw new EOFException("the file became shorter while it was read");
      }
      return false;
    }
    left -= read;
    position = 0;
    limit = read;
    return true;
  }

  private void append(int from, int to) {
    int more = to - from;
    if (lineLength + more > MAX_LINE_BYTES) {
      tooLong = true;
      return;
    }
    if (lineLength + more > line.length) {
      line = Arrays.copyOf(line, Math.max(lineLength + more, 2 * line.length));
    }
    System.arraycopy(buffer, from, line, lineLength, more);
    lineLength += more;
  }

  /** Number of the current line in the file, from 1. */
  long number() {
    return number;
  }

  /** Whether the current line is longer than {@link #MAX_LINE_BYTES}. */
  boolean tooLong() {
    return tooLong;
  }

  private int start() {
    boolean mark =
        number == 1
            && lineLength >= 3
            && line[0] == (byte) 0xEF
            && line[1] == (byte) 0xBB
            && line[2] == (byte) 0xBF;
    return mark ? 3 : 0;
  }

  private int end() {
    return lineLength > 0 && line[lineLength - 1] == '\r' ? lineLength - 1 : lineLength;
  }

  /** The current line without its end, as it is stored. */
  byte[] bytes() {
    int start = Math.min(start(), end());
    return Arrays.copyOfRange(line, start, end());
  }

  /**
   * The current line without its end.
   *
   * @throws CharacterCodingException where it is no valid UTF-8
   */
  String text() throws CharacterCodingException {
    int start = Math.min(start(), end());
    return decoder.decode(ByteBuffer.wrap(line, start, end() - start)).toString();
  }

  /** Index in the line of the first byte that is no valid UTF-8; -1 if there is none. */
  int firstInvalidByte() {
    int start = Math.min(start(), end());
    ByteBuffer bytes = ByteBuffer.wrap(line, start, end() - start);
    CharsetDecoder check = StandardCharsets.UTF_8.newDecoder();
    java.nio.CharBuffer out = java.nio.CharBuffer.allocate(end() - start + 1);
    boolean bad = check.decode(bytes, out, true).isError();
    return bad ? bytes.position() - start : -1;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /**
   * GZIPInputStream looks for a further gzip member only where available() is above 0, which remote
   * file systems do not promise: without this, a file of several members may end silently early.
   */
  private static final class Members extends FilterInputStream {
    Members(InputStream in) {
      super(in);
    }

    @Override
    public int available() {
      return 1;
    }
  }
}
