package dev.tandem.index.measure;

import java.util.List;

/**
 * The grades of the first results as a text, a character each: a digit, {@code >} for a grade above
 * 9, {@code -} for a passage outside the pool, {@code .} for one in the pool without judgement.
 */
record RelevanceString(String valueName, int length) implements Measure {

  static final String NAME = "relstring";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> valueNames() {
    return List.of(valueName);
  }

  @Override
  public Form form() {
    return Form.QUERY_TEXT;
  }

  @Override
  public void compute(JudgedRanking ranking, double[] values, int at) {
    values[at] = 0;
  }

  @Override
  public String text(JudgedRanking ranking) {
    StringBuilder text = new StringBuilder();
    for (int rank = 0; rank < Math.min(length, ranking.retrieved()); rank++) {
      int grade = ranking.grade(rank);
      text.append(
          switch (grade) {
            case JudgedRanking.NOT_IN_POOL -> '-';
            case JudgedRanking.UNJUDGED -> '.';
            default -> grade > 9 ? '>' : (char) ('0' + grade);
          });
    }
    return text.toString();
  }
}
