package dev.tandem.index.trec;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Writes run files, {@code query Q0 passage rank score tag}, one query after the other in ascending
 * byte order of their ids, ranks from 1.
 *
 * <p>Scores are plain decimals with at least six places and as many more as it takes to read the
 * same number back: a score that is a {@code float} survives as that float, one that needs double
 * precision as that double. So scores that differ stay different and the ranking survives.
 */
public final class TrecRunWriter {

  private TrecRunWriter() {}

  /**
   * Writes a file beside its final name and renames it, replacing an existing file; packed where
   * the name ends in {@code .gz}.
   *
   * @throws IllegalArgumentException if an id or the tag is empty or has white space
   * @throws IOException if the file cannot be written
   */
  public static void write(TrecRun run, Path file, Configuration configuration) throws IOException {
    FileSystem fileSystem = file.getFileSystem(configuration);
    Path temporary = new Path(file.getParent(), "." + UUID.randomUUID() + "-" + file.getName());
    try {
      try (var bytes = fileSystem.create(temporary, true);
          var packed =
              file.getName().endsWith(".gz") ? new GZIPOutputStream(bytes, 1 << 16) : bytes;
          Writer writer =
              new BufferedWriter(new OutputStreamWriter(packed, StandardCharsets.UTF_8), 1 << 16)) {
        write(run, writer);
      }
      if (!fileSystem.rename(temporary, file)) {
        fileSystem.delete(file, false);
        if (!fileSystem.rename(temporary, file)) {
          throw new IOException("could not rename " + temporary + " to " + file);
        }
      }
    } catch (IOException | RuntimeException e) {
      fileSystem.delete(temporary, false);
      throw e;
    }
  }

  /**
   * Writes to a character stream, which is neither flushed nor closed.
   *
   * @throws IllegalArgumentException if an id or the tag is empty or has white space
   * @throws IOException if writing fails
   */
  public static void write(TrecRun run, Writer writer) throws IOException {
    String end = " " + column(run.tag(), "the run's tag") + "\n";
    StringBuilder line = new StringBuilder(96);
    for (Map.Entry<String, List<RankedPassage>> entry : run.rankings().entrySet()) {
      String query = column(entry.getKey(), "a query id");
      // A line that starts with # is a comment; a space before it says nothing.
      String start = (query.startsWith("#") ? " " : "") + query + " Q0 ";
      int rank = 1;
      for (RankedPassage passage : entry.getValue()) {
        line.setLength(0);
        line.append(start)
            .append(column(passage.id(), "a passage id"))
            .append(' ')
            .append(rank++)
            .append(' ')
            .append(decimal(passage.score()))
            .append(end);
        writer.append(line);
      }
    }
  }

  private static String column(String text, String what) {
    boolean usable = !text.isEmpty();
    for (int i = 0; i < text.length() && usable; i++) {
      usable = !TrecLines.isSpace(text.charAt(i));
    }
    if (!usable) {
      throw new IllegalArgumentException(
          what
              + " in a run file must be neither empty nor contain white space, got '"
              + text
              + "': run files separate their columns by white space");
    }
    return text;
  }

  /** The number in plain decimals, at least six of them, that parses back to the same number. */
  static String decimal(double score) {
    if (Double.isInfinite(score)) {
      return score > 0 ? "Infinity" : "-Infinity";
    }
    float single = (float) score;
    BigDecimal exact =
        new BigDecimal(single == score ? Float.toString(single) : Double.toString(score));
    return (exact.scale() < 6 ? exact.setScale(6) : exact).toPlainString();
  }
}
