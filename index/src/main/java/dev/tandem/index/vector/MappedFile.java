package dev.tandem.index.vector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of the local file system, mapped into memory for reading: nothing is read before it is
 * used, and processes that map the same file share its pages. Safe to use from several threads.
 *
 * <p>The memory is given back when neither this nor a buffer of it is in use any more, by garbage
 * collection, so that no reader can meet memory that is gone. The file may be deleted meanwhile,
 * but must not be cut off.
 */
final class MappedFile {

  /** What one buffer maps; a power of two. */
  private static final long SEGMENT_BYTES = 1L << 30;

  private final Path path;
  private final long bytes;
  private final MappedByteBuffer[] segments;

  private MappedFile(Path path, long bytes, MappedByteBuffer[] segments) {
    this.path = path;
    this.bytes = bytes;
    this.segments = segments;
  }

  /**
   * Maps a file.
   *
   * @param expectedBytes its length
   * @throws VectorPartException if it is missing or has another length
   * @throws IOException if it cannot be mapped
   */
  static MappedFile open(Path path, long expectedBytes) throws IOException {
    return open(path, expectedBytes, SEGMENT_BYTES);
  }

  /** For tests: with other segments. */
  static MappedFile open(Path path, long expectedBytes, long segmentBytes) throws IOException {
    try (FileChannel channel = channel(path, expectedBytes)) {
      MappedByteBuffer[] segments =
          new MappedByteBuffer[(int) ((expectedBytes + segmentBytes - 1) / segmentBytes)];
      for (int i = 0; i < segments.length; i++) {
        long from = i * segmentBytes;
        segments[i] =
            channel.map(
                FileChannel.MapMode.READ_ONLY, from, Math.min(segmentBytes, expectedBytes - from));
      }
      return new MappedFile(path, expectedBytes, segments);
    }
  }

  /**
   * Maps a file below 2 GB as one buffer, from position 0, in little-endian order.
   *
   * @throws VectorPartException as {@link #open}
   */
  static MappedByteBuffer whole(Path path, long expectedBytes) throws IOException {
    try (FileChannel channel = channel(path, expectedBytes)) {
      MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_ONLY, 0, expectedBytes);
      buffer.order(ByteOrder.LITTLE_ENDIAN);
      return buffer;
    }
  }

  private static FileChannel channel(Path path, long expectedBytes) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw VectorPartReader.missing(path.toString(), expectedBytes, e);
    }
    long found = channel.size();
    if (found != expectedBytes) {
      channel.close();
      throw VectorPartReader.otherLength(path.toString(), expectedBytes, found);
    }
    return channel;
  }

  /** The file's length. */
  long bytes() {
    return bytes;
  }

  /**
   * Copies bytes out.
   *
   * @param at where they start in the file
   * @throws IndexOutOfBoundsException if they reach past its end
   */
  void readFully(long at, byte[] into) {
    if (at < 0 || at + into.length > bytes) {
      throw new IndexOutOfBoundsException(
          into.length + " bytes from " + at + " of " + path + ", which has " + bytes);
    }
    long segmentBytes = segments.length == 0 ? 1 : segments[0].limit();
    for (int done = 0; done < into.length; ) {
      ByteBuffer segment = segments[(int) ((at + done) / segmentBytes)];
      int from = (int) ((at + done) % segmentBytes);
      int length = Math.min(into.length - done, segment.limit() - from);
      segment.get(from, into, done, length);
      done += length;
    }
  }
}
