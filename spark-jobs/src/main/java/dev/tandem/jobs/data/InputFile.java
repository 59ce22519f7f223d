package dev.tandem.jobs.data;

import dev.tandem.jobs.artifact.ContentHash;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * An input file after one pass over its bytes.
 *
 * @param path qualified path
 * @param length bytes
 * @param sha256 hex SHA-256 of the bytes as stored
 * @param splits its splits, in the order of the file
 */
public record InputFile(String path, long length, String sha256, List<InputSplit> splits)
    implements Serializable {
  private static final int BUFFER_BYTES = 1 << 17;
  private static final long COMPRESSED_BYTES_A_SLICE = 512L << 10;
  private static final int MAX_SLICES = 64;

  /**
   * Reads a file once: hashes it, counts its lines and finds where to split it.
   *
   * @param number the file's number among those of the data set
   * @param splitBytes wanted size of a split of a plain file
   * @throws IOException where it cannot be read
   */
  static InputFile scan(Configuration hadoop, String path, int number, long splitBytes)
      throws IOException {
    Path file = new Path(path);
    FileSystem fileSystem = file.getFileSystem(hadoop);
    boolean compressed = isCompressed(path);
    MessageDigest digest = ContentHash.digest();
    List<InputSplit> splits = new ArrayList<>();
    byte[] buffer = new byte[BUFFER_BYTES];
    long position = 0;
    long line = 1;
    long start = 0;
    long startLine = 1;
    try (InputStream in = fileSystem.open(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
        for (int i = 0; i < read && !compressed; i++) {
          if (buffer[i] == '\n') {
            line++;
            long next = position + i + 1;
            if (next - start >= splitBytes) {
              splits.add(plain(number, path, start, next - start, startLine));
              start = next;
              startLine = line;
            }
          }
        }
        position += read;
      }
    }
    if (compressed) {
      int slices = (int) Math.max(1, Math.min(MAX_SLICES, position / COMPRESSED_BYTES_A_SLICE));
      for (int slice = 0; slice < slices; slice++) {
        splits.add(new InputSplit(number, path, true, 0, position, 1, slice, slices));
      }
    } else if (position > start || splits.isEmpty()) {
      splits.add(plain(number, path, start, position - start, startLine));
    }
    return new InputFile(path, position, ContentHash.hex(digest), List.copyOf(splits));
  }

  private static InputSplit plain(int number, String path, long start, long length, long line) {
    return new InputSplit(number, path, false, start, length, line, 0, 1);
  }

  static boolean isCompressed(String path) {
    return path.toLowerCase(Locale.ROOT).endsWith(".gz");
  }
}
