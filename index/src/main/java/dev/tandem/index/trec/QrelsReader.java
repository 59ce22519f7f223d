package dev.tandem.index.trec;

import java.io.IOException;
import java.io.Reader;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads relevance judgements: TREC's four columns {@code query iteration passage grade} separated
 * by white space, or BEIR's three columns with the header {@code query-id corpus-id score}. Which
 * of the two is told by the first line. Blank lines and lines starting with {@code #} are skipped.
 */
public final class QrelsReader {

  private static final String BEIR_HEADER = "query-id corpus-id score";

  private QrelsReader() {}

  /**
   * Reads a file on any Hadoop file system, unpacked where its name ends in {@code .gz}.
   *
   * @throws TrecFormatException if a line is malformed, a grade is not an integer, a passage is
   *     judged twice for a query, or nothing is judged at all
   * @throws IOException if the file cannot be read
   */
  public static Qrels read(Path file, Configuration configuration) throws IOException {
    try (TrecLines lines = TrecLines.open(file, configuration)) {
      return read(lines);
    }
  }

  /**
   * Reads from a character stream, which is left open.
   *
   * @param source the name used in messages
   * @throws TrecFormatException as in {@link #read(Path, Configuration)}
   * @throws IOException if reading fails
   */
  @SuppressWarnings("resource")
  public static Qrels read(Reader reader, String source) throws IOException {
    return read(new TrecLines(reader, source));
  }

  private static Qrels read(TrecLines lines) throws IOException {
    Qrels.Builder qrels = Qrels.builder();
    int width = 0;
    for (String text = lines.next(); text != null; text = lines.next()) {
      List<String> columns = TrecLines.columns(text);
      if (width == 0) {
        if (String.join(" ", columns).equals(BEIR_HEADER)) {
          width = 3;
          continue;
        }
        width = 4;
      }
      if (columns.size() != width) {
        throw lines.error(
            "expected "
                + (width == 4
                    ? "4 columns (query iteration passage grade), or a first line '"
                        + BEIR_HEADER
                        + "' and 3 columns"
                    : "3 columns (query-id corpus-id score)")
                + ", found "
                + columns.size()
                + ": '"
                + abridged(text)
                + "'");
      }
      String query = columns.get(0);
      String passage = columns.get(width - 2);
      if (!qrels.add(query, passage, grade(columns.get(width - 1), lines))) {
        throw lines.error("passage '" + passage + "' is judged twice for query '" + query + "'");
      }
    }
    Qrels result = qrels.build();
    if (result.size() == 0) {
      throw lines.error("no judgements in this file");
    }
    return result;
  }

  private static int grade(String text, TrecLines lines) throws TrecFormatException {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw lines.error("the grade must be an integer, found '" + abridged(text) + "'");
    }
  }

  static String abridged(String text) {
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }
}
