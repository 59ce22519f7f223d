package dev.tandem.index.filter;

import dev.tandem.index.vector.PassageMetadata;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * One condition on a metadata field, as {@code lang=en|de} or {@code year>=2020}.
 *
 * @param field the field
 * @param operator how its value is compared
 * @param operands with what: one or several for {@code =} and {@code !=}, one number for the others
 */
record Condition(String field, Operator operator, ArrayList<String> operands)
    implements Serializable {

  private static final String FORMS =
      "expected field=value, field!=value, field=a|b|c, or with a number field>=n, field<=n,"
          + " field>n, field<n";

  /** How a value is compared with the operands. Longer signs come before their beginnings. */
  enum Operator {
    NOT_EQUAL("!="),
    AT_LEAST(">="),
    AT_MOST("<="),
    EQUAL("="),
    MORE(">"),
    LESS("<");

    private final String sign;

    Operator(String sign) {
      this.sign = sign;
    }

    private boolean numeric() {
      return this != EQUAL && this != NOT_EQUAL;
    }
  }

  /**
   * Reads a condition.
   *
   * @throws IllegalArgumentException saying what is wrong with it and what is valid
   */
  static Condition parse(String text) {
    int at = 0;
    while (at < text.length() && "=!<>".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String field = text.substring(0, at).strip();
    String rest = text.substring(at);
    for (Operator operator : Operator.values()) {
      if (rest.startsWith(operator.sign) && !field.isEmpty()) {
        return of(text, field, operator, rest.substring(operator.sign.length()));
      }
    }
    throw new IllegalArgumentException("'" + text + "' is no condition: " + FORMS);
  }

  private static Condition of(String text, String field, Operator operator, String operands) {
    String stripped = operands.strip();
    if (stripped.startsWith("=") || stripped.startsWith("<") || stripped.startsWith(">")) {
      throw new IllegalArgumentException(
          "'" + text + "' is no condition: " + FORMS + "; a value may start with \\" + stripped);
    }
    ArrayList<String> values = operator.numeric() ? new ArrayList<>() : alternatives(stripped);
    if (operator.numeric()) {
      values.add(stripped);
    }
    if (values.contains("")) {
      throw new IllegalArgumentException("'" + text + "' lacks a value: " + FORMS);
    }
    if (operator.numeric() && number(stripped) == null) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' compares with '"
              + stripped
              + "', which is no number; texts can be compared by = and != only");
    }
    return new Condition(field, operator, values);
  }

  /** Parted by {@code |}; a backslash takes the next character as it is. */
  private static ArrayList<String> alternatives(String text) {
    ArrayList<String> values = new ArrayList<>();
    StringBuilder value = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        value.append(text.charAt(++i));
      } else if (c == '|') {
        values.add(value.toString().strip());
        value.setLength(0);
      } else {
        value.append(c);
      }
    }
    values.add(value.toString().strip());
    return values;
  }

  /**
   * The rows that meet it. A row without a value meets {@code !=} alone.
   *
   * @throws UnfitValueException if a value to be compared as a number is none
   */
  BitSet rows(PassageMetadata metadata) {
    List<String> values = metadata.values(field);
    boolean[] meets = new boolean[values.size()];
    for (int code = 0; code < meets.length; code++) {
      meets[code] = meets(values.get(code));
    }
    BitSet rows = new BitSet(metadata.rows());
    for (int row = 0; row < metadata.rows(); row++) {
      int code = metadata.code(field, row);
      rows.set(row, code == PassageMetadata.ABSENT ? operator == Operator.NOT_EQUAL : meets[code]);
    }
    return rows;
  }

  private boolean meets(String value) {
    if (!operator.numeric()) {
      return operands.contains(value.strip()) == (operator == Operator.EQUAL);
    }
    BigDecimal number = number(value);
    if (number == null) {
      throw new UnfitValueException(
          "The condition '"
              + this
              + "' compares numbers, but a passage has "
              + field
              + " = '"
              + value
              + "'. Use = or !=, or mend the metadata.");
    }
    int order = number.compareTo(number(operands.get(0)));
    return switch (operator) {
      case AT_LEAST -> order >= 0;
      case AT_MOST -> order <= 0;
      case MORE -> order > 0;
      default -> order < 0;
    };
  }

  private static BigDecimal number(String text) {
    try {
      return new BigDecimal(text.strip());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** As it is written. */
  @Override
  public String toString() {
    List<String> written =
        operator.numeric()
            ? operands
            : operands.stream().map(v -> v.replaceAll("^[=<>]|[|\\\\]", "\\\\$0")).toList();
    return field + operator.sign + String.join("|", written);
  }
}
