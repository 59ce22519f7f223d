package dev.tandem.model.optimize;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Names in configuration: their form, and the one that was probably meant. */
final class Names {
  private Names() {}

  /** {@code learning-rate} for {@code learningRate}. */
  static String kebab(String camel) {
    return camel.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  /** "did you mean ..." with the nearest of the names, or all of them where none is near. */
  static String suggestion(String name, Collection<String> names) {
    if (names.isEmpty()) {
      return "there are none";
    }
    String nearest =
        names.stream().sorted().min(Comparator.comparingInt(n -> distance(name, n))).orElseThrow();
    return distance(name, nearest) <= Math.max(2, nearest.length() / 2)
        ? "did you mean " + nearest + "?"
        : "there are " + String.join(", ", names.stream().sorted().toList());
  }

  /** Levenshtein distance, letter case ignored. */
  private static int distance(String first, String second) {
    String a = first.toLowerCase(Locale.ROOT);
    String b = second.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
