package dev.tandem.index.measure;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Prints an evaluation as trec_eval prints it: name, query id or {@code all}, value. */
public final class EvaluationPrinter {

  private static final int NAME_WIDTH = 22;

  private EvaluationPrinter() {}

  /** The values over all queries, as trec_eval prints without {@code -q}. */
  public static String summary(Evaluation evaluation) {
    return print(evaluation, false);
  }

  /** The values of each query, then those over all, as {@code trec_eval -q} prints. */
  public static String perQueryAndSummary(Evaluation evaluation) {
    return print(evaluation, true);
  }

  private static String print(Evaluation evaluation, boolean perQuery) {
    StringBuilder text = new StringBuilder();
    try {
      print(evaluation, perQuery, text);
    } catch (IOException e) {
      throw new AssertionError("a StringBuilder does not fail", e);
    }
    return text.toString();
  }

  /**
   * Prints to anything that takes text.
   *
   * @throws IOException as the output throws it
   */
  public static void print(Evaluation evaluation, boolean perQuery, Appendable out)
      throws IOException {
    if (perQuery) {
      for (String query : evaluation.queryIds()) {
        Evaluation.QueryValues values = evaluation.queryValues(query);
        int at = 0;
        int texts = 0;
        for (Measure measure : evaluation.measures().measures()) {
          for (String name : measure.valueNames()) {
            if (measure.form().forQuery()) {
              String value =
                  measure.form() == Measure.Form.QUERY_TEXT
                      ? "'" + values.texts().get(texts++) + "'"
                      : number(measure, values.values()[at]);
              line(out, name, query, value);
            }
            at++;
          }
        }
      }
    }
    int at = 0;
    for (Measure measure : evaluation.measures().measures()) {
      for (String name : measure.valueNames()) {
        if (measure.form().forAll()) {
          String value =
              measure.form() == Measure.Form.RUN_TAG
                  ? evaluation.tag()
                  : number(measure, evaluation.summaryValues()[at]);
          line(out, name, "all", value);
        }
        at++;
      }
    }
  }

  private static void line(Appendable out, String name, String query, String value)
      throws IOException {
    out.append(name);
    for (int i = name.length(); i < NAME_WIDTH; i++) {
      out.append(' ');
    }
    out.append('\t').append(query).append('\t').append(value).append('\n');
  }

  private static String number(Measure measure, double value) {
    return switch (measure.form()) {
      case COUNT, QUERIES -> Long.toString((long) value);
        // Rounds the binary value exactly, ties to even, as printf does; String.format does not.
      default -> fourDecimals(value);
    };
  }

  private static String fourDecimals(double value) {
    String text = new BigDecimal(value).setScale(4, RoundingMode.HALF_EVEN).toPlainString();
    boolean minusLost = value < 0 && text.charAt(0) != '-';
    return minusLost ? "-" + text : text;
  }
}
