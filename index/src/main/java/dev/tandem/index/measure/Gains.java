package dev.tandem.index.measure;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The gains a query's grades stand for: by default a grade's gain is the grade itself, parameters
 * of the form {@code grade=gain} set others. Also walks down the ideal ranking.
 */
final class Gains {

  private record Level(int grade, double gain, int judged) {}

  private final Level[] ascending;
  private final double[] gainOfGrade;

  private Gains(Level[] ascending, double[] gainOfGrade) {
    this.ascending = ascending;
    this.gainOfGrade = gainOfGrade;
  }

  /** The gains of one query's grades, some of them set by parameters. */
  static Gains of(JudgedRanking ranking, Map<Integer, Double> parameters) {
    Map<Integer, Level> levels = new LinkedHashMap<>();
    parameters.forEach(
        (grade, gain) ->
            levels.put(
                grade,
                new Level(
                    grade,
                    gain,
                    grade >= 0 && grade < ranking.gradeCount() ? ranking.judgedAt(grade) : 0)));
    double[] gainOfGrade = new double[ranking.gradeCount()];
    for (int grade = 0; grade < gainOfGrade.length; grade++) {
      int here = grade;
      Level level =
          levels.computeIfAbsent(grade, g -> new Level(here, here, ranking.judgedAt(here)));
      gainOfGrade[grade] = level.gain();
    }
    Level[] ascending = levels.values().toArray(new Level[0]);
    Arrays.sort(ascending, Comparator.comparingDouble(Level::gain));
    return new Gains(ascending, gainOfGrade);
  }

  static double log2(double value) {
    return Math.log(value) / LN_2;
  }

  private static final double LN_2 = Math.log(2);

  /** The gain of a retrieved passage's grade; 0 for one without judgement. */
  double of(int grade) {
    return grade >= 0 && grade < gainOfGrade.length ? gainOfGrade[grade] : 0;
  }

  double smallest() {
    return ascending.length == 0 ? 0 : ascending[0].gain();
  }

  double largest() {
    return ascending.length == 0 ? 0 : ascending[ascending.length - 1].gain();
  }

  /** Walks down the best ranking there could be. */
  Ideal ideal() {
    return new Ideal();
  }

  /** A position in the ideal ranking. */
  final class Ideal {

    private int level = ascending.length - 1;
    private int taken;
    private double gain = largest();

    /** The gain at the rank the last {@link #next()} went to; before it, the largest gain. */
    double gain() {
      return gain;
    }

    /** Whether ranks with a gain above zero may be left. */
    boolean open() {
      return gain > 0;
    }

    /** Goes on by a rank and returns its gain, 0 or less where all gains are used up. */
    double next() {
      taken++;
      while (level >= 0 && taken > ascending[level].judged()) {
        taken = 1;
        level--;
        gain = level >= 0 ? ascending[level].gain() : 0;
      }
      return gain;
    }
  }
}
