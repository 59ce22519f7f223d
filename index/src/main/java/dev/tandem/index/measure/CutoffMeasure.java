package dev.tandem.index.measure;

import java.util.ArrayList;
import java.util.List;

/**
 * A family of measures over the first so many results: {@code P}, {@code recall}, {@code success}
 * and their like. A ranking shorter than the cutoff is taken as filled up with passages that are
 * not relevant.
 */
final class CutoffMeasure implements Measure {

  /** Computes the values at ascending cutoffs. */
  @FunctionalInterface
  interface AtCutoffs {
    void compute(JudgedRanking ranking, int[] cutoffs, double[] values, int at);
  }

  /** Something summed up down the ranking. */
  @FunctionalInterface
  interface Gain {
    /** What a rank, counted from 0, adds. */
    double at(JudgedRanking ranking, int rank);
  }

  /** Turns what was summed up to a cutoff into the value. */
  @FunctionalInterface
  interface Normalizer {
    double value(JudgedRanking ranking, double sum, int cutoff);
  }

  private final String name;
  private final int[] cutoffs;
  private final AtCutoffs values;
  private final List<String> valueNames;

  CutoffMeasure(String name, int[] cutoffs, AtCutoffs values) {
    this.name = name;
    this.cutoffs = cutoffs.clone();
    this.values = values;
    List<String> names = new ArrayList<>();
    for (int cutoff : cutoffs) {
      names.add(name + "_" + cutoff);
    }
    this.valueNames = List.copyOf(names);
  }

  /** Values that follow from a sum down the ranking. */
  static AtCutoffs summing(Gain gain, Normalizer normalizer) {
    return (ranking, cutoffs, values, at) -> {
      double sum = 0;
      int rank = 0;
      for (int c = 0; c < cutoffs.length; c++) {
        for (int end = Math.min(cutoffs[c], ranking.retrieved()); rank < end; rank++) {
          sum += gain.at(ranking, rank);
        }
        values[at + c] = normalizer.value(ranking, sum, cutoffs[c]);
      }
    };
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<String> valueNames() {
    return valueNames;
  }

  @Override
  public void compute(JudgedRanking ranking, double[] out, int at) {
    values.compute(ranking, cutoffs, out, at);
  }
}
