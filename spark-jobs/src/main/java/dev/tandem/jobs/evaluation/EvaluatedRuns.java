package dev.tandem.jobs.evaluation;

import dev.tandem.index.measure.Evaluation;
import dev.tandem.index.significance.ComparisonFamily;
import dev.tandem.index.significance.RandomizationTest;
import dev.tandem.index.significance.RunComparison;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Runs evaluated with the same qrels and measures, and the comparisons between them.
 *
 * @param labels what to call each run: distinct
 * @param evaluations of each run
 * @param measures the measures compared, in order
 * @param family every pair of runs by every measure; no comparisons for a single run
 * @param randomization how the randomization tests drew
 * @param judgedQueries queries with judgements, whether a run has results for them or not
 */
public record EvaluatedRuns(
    List<String> labels,
    List<Evaluation> evaluations,
    List<String> measures,
    ComparisonFamily family,
    RandomizationTest randomization,
    int judgedQueries) {

  /** Copies the lists. */
  public EvaluatedRuns {
    labels = List.copyOf(labels);
    evaluations = List.copyOf(evaluations);
    measures = List.copyOf(measures);
    if (labels.size() != evaluations.size()) {
      throw new IllegalArgumentException(labels.size() + " labels, " + evaluations.size());
    }
  }

  /**
   * Compares the runs.
   *
   * @param files where the runs came from, for labels
   * @param evaluations of each run
   * @param measures to compare
   * @param randomization how the randomization tests draw
   * @param judgedQueries queries with judgements
   * @throws IllegalArgumentException if two runs have no judged query in common
   */
  public static EvaluatedRuns of(
      List<String> files,
      List<Evaluation> evaluations,
      List<String> measures,
      RandomizationTest randomization,
      int judgedQueries) {
    return new EvaluatedRuns(
        labels(files, evaluations),
        evaluations,
        measures,
        ComparisonFamily.of(evaluations, measures, randomization),
        randomization,
        judgedQueries);
  }

  /** The runs' tags where these differ, else the files' names, else the whole paths. */
  private static List<String> labels(List<String> files, List<Evaluation> evaluations) {
    List<String> tags = evaluations.stream().map(Evaluation::tag).toList();
    if (distinct(tags)) {
      return tags;
    }
    List<String> names =
        files.stream().map(file -> file.substring(file.lastIndexOf('/') + 1)).toList();
    if (distinct(names)) {
      return names;
    }
    if (distinct(files)) {
      return files;
    }
    // One file given twice: told apart by position.
    List<String> numbered = new ArrayList<>();
    for (String file : files) {
      numbered.add(file + "#" + (numbered.size() + 1));
    }
    return numbered;
  }

  private static boolean distinct(List<String> labels) {
    return new HashSet<>(labels).size() == labels.size();
  }

  /** The label of a comparison's first run. */
  String first(RunComparison comparison) {
    return labels.get(comparison.first());
  }

  /** The label of a comparison's second run. */
  String second(RunComparison comparison) {
    return labels.get(comparison.second());
  }

  /** Judged queries that a comparison leaves out, as one run or both have no results for them. */
  int unpaired(RunComparison comparison) {
    return judgedQueries - comparison.queries();
  }
}
