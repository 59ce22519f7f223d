package dev.tandem.index.measure;

import java.util.List;

/**
 * A measure with one value, computed on a ranking seen with another relevance level, without what
 * was not judged, or cut off: ir_measures' {@code rel}, {@code judged_only} and cutoffs.
 *
 * @param name the measure's name and its value's, as it is printed
 * @param measure what is computed, with one value
 * @param restriction how the ranking is seen
 */
record RestrictedMeasure(String name, Measure measure, Restriction restriction) implements Measure {

  /**
   * How a ranking is seen.
   *
   * @param relevanceLevel the lowest grade that counts as relevant; 0 leaves what the evaluation's
   *     options say
   * @param judgedOnly drops results that were not judged
   * @param cutoff drops results beyond this rank, after {@code judgedOnly}
   */
  record Restriction(int relevanceLevel, boolean judgedOnly, int cutoff) {}

  RestrictedMeasure {
    if (measure.valueNames().size() != 1) {
      throw new IllegalArgumentException(name + " must have one value: " + measure.valueNames());
    }
  }

  @Override
  public List<String> valueNames() {
    return List.of(name);
  }

  @Override
  public Form form() {
    return measure.form();
  }

  @Override
  public void compute(JudgedRanking ranking, double[] values, int at) {
    measure.compute(ranking.restricted(restriction), values, at);
  }
}
