package dev.tandem.index.measure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A measure as ir_measures writes it, taken apart: {@code nDCG@10}, {@code P(rel=2)@5}, {@code
 * SetF(beta=0.5)}, {@code AP(judged_only=True)}.
 *
 * @param name the name before parentheses and at sign, as given
 * @param parameters what the parentheses hold, by name in the order given
 * @param at what follows the at sign; empty where there is none
 */
record IrMeasureName(String name, Map<String, String> parameters, String at) {

  private static final Pattern FORM =
      Pattern.compile("([A-Za-z]\\w*)(?:\\(([^()]*)\\))?(?:@(\\d+(?:\\.\\d+)?))?");

  /**
   * Reads a name.
   *
   * @throws IllegalArgumentException if it is not of the form {@code NAME(parameter=value,..)@k}
   */
  static IrMeasureName parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "measure '" + text + "' is not of ir_measures' form NAME(parameter=value)@cutoff");
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    String inside = matcher.group(2) == null ? "" : matcher.group(2).strip();
    List<String> malformed = new ArrayList<>();
    for (String part : inside.isEmpty() ? new String[0] : inside.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1
          || parameters.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip())
              != null) {
        malformed.add(part.strip());
      }
    }
    if (!malformed.isEmpty()) {
      throw new IllegalArgumentException(
          "measure '" + text + "' takes parameter=value, each once, found " + malformed);
    }
    return new IrMeasureName(
        matcher.group(1), parameters, matcher.group(3) == null ? "" : matcher.group(3));
  }

  /** A parameter that is a count from 1. */
  OptionalInt count(String parameter) {
    String value = parameters.get(parameter);
    return value == null ? OptionalInt.empty() : OptionalInt.of(positive(parameter, value));
  }

  /** The rank cutoff, given behind the at sign or as {@code cutoff=}. */
  OptionalInt cutoff() {
    return at.isEmpty() ? count("cutoff") : OptionalInt.of(positive("cutoff", at));
  }

  /** A parameter that is a number. */
  OptionalDouble number(String parameter) {
    String value = parameters.get(parameter);
    if (value == null) {
      return OptionalDouble.empty();
    }
    try {
      return OptionalDouble.of(Double.parseDouble(value));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "measure '" + name + "': " + parameter + " must be a number, found '" + value + "'", e);
    }
  }

  /** A parameter that is {@code True} or {@code False}, false where it is not given. */
  boolean flag(String parameter) {
    String value = parameters.getOrDefault(parameter, "False");
    return switch (value) {
      case "True", "true" -> true;
      case "False", "false" -> false;
      default ->
          throw new IllegalArgumentException(
              "measure '"
                  + name
                  + "': "
                  + parameter
                  + " must be True or False, found '"
                  + value
                  + "'");
    };
  }

  private int positive(String what, String value) {
    int number;
    try {
      number = Integer.parseInt(value);
    } catch (NumberFormatException e) {
      number = 0;
    }
    if (number < 1) {
      throw new IllegalArgumentException(
          "measure '"
              + name
              + "': "
              + what
              + " must be a whole number from 1, found '"
              + value
              + "'");
    }
    return number;
  }
}
