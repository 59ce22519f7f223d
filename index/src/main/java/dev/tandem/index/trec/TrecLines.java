package dev.tandem.index.trec;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The lines of a qrels or run file that say something: blank lines and lines starting with {@code
 * #} are passed over, as trec_eval 10 does. Knows its place for error messages.
 */
final class TrecLines implements Closeable {

  private final BufferedReader reader;
  private final String source;
  private long line;

  TrecLines(Reader reader, String source) {
    this.reader =
        reader instanceof BufferedReader buffered ? buffered : new BufferedReader(reader, 1 << 16);
    this.source = source;
  }

  /** Opens a file, unpacking it where its name ends in {@code .gz}; invalid UTF-8 is an error. */
  @SuppressWarnings("StreamResourceLeak")
  static TrecLines open(Path file, Configuration configuration) throws IOException {
    FileSystem fileSystem = file.getFileSystem(configuration);
    InputStream bytes = fileSystem.open(file);
    try {
      if (file.getName().endsWith(".gz")) {
        bytes = new GZIPInputStream(bytes, 1 << 16);
      }
      Reader characters =
          new InputStreamReader(
              bytes,
              StandardCharsets.UTF_8
                  .newDecoder()
                  .onMalformedInput(CodingErrorAction.REPORT)
                  .onUnmappableCharacter(CodingErrorAction.REPORT));
      return new TrecLines(characters, file.toString());
    } catch (IOException | RuntimeException e) {
      bytes.close();
      throw e;
    }
  }

  /** The next line that says something, or null at the end. */
  String next() throws IOException {
    while (true) {
      String text;
      try {
        text = reader.readLine();
      } catch (CharacterCodingException e) {
        // The decoder works in blocks, so the line is only known to be this one or a later one.
        throw new TrecFormatException(source, line + 1, "invalid UTF-8 at or soon after this line");
      }
      if (text == null) {
        return null;
      }
      line++;
      if (line == 1 && !text.isEmpty() && text.charAt(0) == '\uFEFF') {
        text = text.substring(1);
      }
      if (!text.isBlank() && text.charAt(0) != '#') {
        return text;
      }
    }
  }

  /** Splits at white space as C's isspace sees it. */
  static List<String> columns(String text) {
    List<String> columns = new ArrayList<>(6);
    int at = 0;
    int length = text.length();
    while (at < length) {
      while (at < length && isSpace(text.charAt(at))) {
        at++;
      }
      int start = at;
      while (at < length && !isSpace(text.charAt(at))) {
        at++;
      }
      if (at > start) {
        columns.add(text.substring(start, at));
      }
    }
    return columns;
  }

  static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  TrecFormatException error(String reason) {
    return new TrecFormatException(source, line, reason);
  }

  String source() {
    return source;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
