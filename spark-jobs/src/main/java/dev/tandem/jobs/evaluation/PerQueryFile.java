package dev.tandem.jobs.evaluation;

import dev.tandem.index.measure.Evaluation;
import dev.tandem.index.significance.RunComparison;
import dev.tandem.index.significance.RunComparison.QueryPair;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Each query's values as a table for plots, columns separated by tabs, with a header line. One run:
 * {@code measure run query value}. Several: {@code measure run run2 query value value2 difference},
 * for each pair of runs and each measure the largest gain first, as a bar plot shows it.
 */
public final class PerQueryFile {

  private PerQueryFile() {}

  /**
   * Writes beside the file and renames, replacing one that is there.
   *
   * @param runs two or more
   * @throws IOException if it cannot be written
   */
  public static void write(EvaluatedRuns runs, Path file, Configuration hadoop) throws IOException {
    replace(file, hadoop, out -> comparisons(runs, out));
  }

  /**
   * The same for a single run.
   *
   * @param measures names of values that exist for single queries
   */
  public static void write(Evaluation run, List<String> measures, Path file, Configuration hadoop)
      throws IOException {
    replace(file, hadoop, out -> values(run, measures, out));
  }

  private static void comparisons(EvaluatedRuns runs, Writer out) throws IOException {
    line(out, "measure", "run", "run2", "query", "value", "value2", "difference");
    for (RunComparison comparison : runs.family().comparisons()) {
      List<Map.Entry<String, QueryPair>> pairs = new ArrayList<>(comparison.perQuery().entrySet());
      // Stable: equal differences stay in the order of the queries' ids.
      pairs.sort(Comparator.comparingDouble(pair -> -pair.getValue().difference()));
      for (Map.Entry<String, QueryPair> pair : pairs) {
        line(
            out,
            comparison.measure(),
            runs.first(comparison),
            runs.second(comparison),
            pair.getKey(),
            Double.toString(pair.getValue().first()),
            Double.toString(pair.getValue().second()),
            Double.toString(pair.getValue().difference()));
      }
    }
  }

  private static void values(Evaluation run, List<String> measures, Writer out) throws IOException {
    line(out, "measure", "run", "query", "value");
    for (String measure : measures) {
      for (Map.Entry<String, Double> value : run.perQuery(measure).entrySet()) {
        line(out, measure, run.tag(), value.getKey(), Double.toString(value.getValue()));
      }
    }
  }

  private static void line(Writer out, String... columns) throws IOException {
    out.append(String.join("\t", columns)).append('\n');
  }

  private interface Content {
    void writeTo(Writer out) throws IOException;
  }

  private static void replace(Path file, Configuration hadoop, Content content) throws IOException {
    FileSystem fileSystem = file.getFileSystem(hadoop);
    Path temporary = new Path(file.getParent(), "." + UUID.randomUUID() + "-" + file.getName());
    try {
      try (Writer out =
          new BufferedWriter(
              new OutputStreamWriter(fileSystem.create(temporary, true), StandardCharsets.UTF_8))) {
        content.writeTo(out);
      }
      fileSystem.delete(file, false);
      if (!fileSystem.rename(temporary, file)) {
        throw new IOException("cannot rename " + temporary + " to " + file);
      }
    } finally {
      fileSystem.delete(temporary, false);
    }
  }
}
