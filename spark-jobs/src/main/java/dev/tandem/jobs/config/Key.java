package dev.tandem.jobs.config;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

/**
 * What is valid for one key.
 *
 * @param path full name
 * @param kind what values it takes
 * @param unset whether it may be null
 * @param range the numbers allowed; null for all
 * @param words the words allowed; null for any text
 */
record Key(String path, Kind kind, boolean unset, Range range, OneOf words) {

  /** The kinds of values. */
  enum Kind {
    TEXT("text"),
    INTEGER("a whole number"),
    NUMBER("a number"),
    BOOLEAN("true or false"),
    TEXTS("a list of texts, as [\"a\", \"b\"]"),
    PROPERTIES("a group of properties"),
    CLASS("a group with class and the class's arguments");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /** What is valid, in words: {@code a whole number from 1 to 8192, or null}. */
  String expectation() {
    StringBuilder text = new StringBuilder();
    if (words != null) {
      text.append(words.value().length == 1 ? "" : "one of ");
      text.append(String.join(", ", words.value()));
    } else {
      text.append(kind.words);
    }
    if (range != null) {
      boolean low = range.min() != Double.NEGATIVE_INFINITY;
      boolean high = range.max() != Double.POSITIVE_INFINITY;
      text.append(low ? " from " + number(range.min()) : "");
      text.append(high ? (low ? " to " : " up to ") + number(range.max()) : low ? " up" : "");
    }
    return text.append(unset ? ", or null" : "").toString();
  }

  private static String number(double value) {
    return new DecimalFormat("0.######", DecimalFormatSymbols.getInstance(Locale.ROOT))
        .format(value);
  }
}
