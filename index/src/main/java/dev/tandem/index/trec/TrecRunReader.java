package dev.tandem.index.trec;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads run files: {@code query Q0 passage rank score tag}, separated by white space, lines in any
 * order. The rank column is ignored, as trec_eval ignores it; the ranking follows from the scores.
 */
public final class TrecRunReader {

  private TrecRunReader() {}

  /**
   * Reads a file on any Hadoop file system, unpacked where its name ends in {@code .gz}.
   *
   * @throws TrecFormatException if a line is malformed, a score is not a number, a passage appears
   *     twice for a query, or the file has no line at all
   * @throws IOException if the file cannot be read
   */
  public static TrecRun read(Path file, Configuration configuration) throws IOException {
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
  public static TrecRun read(Reader reader, String source) throws IOException {
    return read(new TrecLines(reader, source));
  }

  private static TrecRun read(TrecLines lines) throws IOException {
    Map<String, List<RankedPassage>> rankings = new HashMap<>();
    Map<String, Set<String>> seen = new HashMap<>();
    String tag = null;
    for (String text = lines.next(); text != null; text = lines.next()) {
      List<String> columns = TrecLines.columns(text);
      if (columns.size() < 6) {
        throw lines.error(
            "expected 6 columns (query Q0 passage rank score tag), found "
                + columns.size()
                + ": '"
                + QrelsReader.abridged(text)
                + "'");
      }
      String query = columns.get(0);
      String passage = columns.get(2);
      if (!seen.computeIfAbsent(query, unused -> new HashSet<>()).add(passage)) {
        throw lines.error("passage '" + passage + "' appears twice for query '" + query + "'");
      }
      rankings
          .computeIfAbsent(query, unused -> new ArrayList<>())
          .add(new RankedPassage(passage, score(columns.get(4), lines)));
      // trec_eval reports the tag of the last line.
      tag = columns.get(5);
    }
    if (tag == null) {
      throw lines.error("no results in this file");
    }
    return TrecRun.of(tag, rankings);
  }

  private static double score(String text, TrecLines lines) throws TrecFormatException {
    double score;
    try {
      score = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw lines.error("the score must be a number, found '" + QrelsReader.abridged(text) + "'");
    }
    if (Double.isNaN(score)) {
      throw lines.error("the score is NaN");
    }
    return score;
  }
}
