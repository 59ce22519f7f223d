package dev.tandem.index.measure;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Families of measures at fractions or multiples of the number of relevant passages. */
final class RecallPointMeasures {

  /** Computes the values at ascending points. */
  @FunctionalInterface
  private interface AtPoints {
    void compute(JudgedRanking ranking, double[] points, double[] values, int at);
  }

  private RecallPointMeasures() {}

  /** Interpolated precision: the best precision at this recall or any higher one. */
  static Measure interpolatedPrecision(double[] points) {
    return new Family("iprec_at_recall", points, RecallPointMeasures::interpolate);
  }

  /** Precision after so many times as many results as there are relevant passages. */
  static Measure rPrecisionMultiples(double[] points) {
    return new Family("Rprec_mult", points, RecallPointMeasures::atMultiples);
  }

  /** The mean of interpolated precision at points, which need not be ascending. */
  static double meanInterpolated(JudgedRanking ranking, double[] points) {
    double[] values = new double[points.length];
    interpolate(ranking, points, values, 0);
    // From the highest point down, the order in which trec_eval sums.
    double sum = 0;
    for (int i = values.length - 1; i >= 0; i--) {
      sum += values[i];
    }
    return sum / points.length;
  }

  private static void interpolate(JudgedRanking ranking, double[] points, double[] values, int at) {
    long[] cutoffs = new long[points.length];
    for (int i = 0; i < points.length; i++) {
      // Points are not negative, so this rounds as C's lround does.
      cutoffs[i] = Math.round(points[i] * ranking.relevant());
    }
    int point = points.length - 1;
    while (point >= 0 && cutoffs[point] > ranking.relevantRetrieved()) {
      values[at + point--] = 0;
    }
    int relevant = ranking.relevantRetrieved();
    double best = ranking.retrieved() == 0 ? 0 : (double) relevant / ranking.retrieved();
    for (int i = ranking.retrieved(); i > 0 && relevant > 0; i--) {
      best = Math.max(best, (double) relevant / i);
      if (ranking.relevantAt(i - 1)) {
        while (point >= 0 && cutoffs[point] == relevant) {
          values[at + point--] = best;
        }
        relevant--;
      }
    }
    while (point >= 0) {
      values[at + point--] = best;
    }
  }

  private static void atMultiples(JudgedRanking ranking, double[] points, double[] values, int at) {
    int relevant = 0;
    int rank = 0;
    for (int i = 0; i < points.length; i++) {
      long cutoff = (long) (points[i] * ranking.relevant() + 0.9);
      for (; rank < ranking.retrieved() && rank < cutoff; rank++) {
        relevant += ranking.relevantAt(rank) ? 1 : 0;
      }
      values[at + i] = cutoff <= 0 ? 0 : (double) relevant / cutoff;
    }
  }

  private static final class Family implements Measure {

    private final String name;
    private final double[] points;
    private final AtPoints function;
    private final List<String> valueNames;

    Family(String name, double[] points, AtPoints function) {
      this.name = name;
      this.points = points.clone();
      this.function = function;
      List<String> names = new ArrayList<>();
      for (double point : points) {
        names.add(
            name + "_" + new BigDecimal(point).setScale(2, RoundingMode.HALF_EVEN).toPlainString());
      }
      this.valueNames = List.copyOf(names);
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
    public void compute(JudgedRanking ranking, double[] values, int at) {
      function.compute(ranking, points, values, at);
    }
  }
}
