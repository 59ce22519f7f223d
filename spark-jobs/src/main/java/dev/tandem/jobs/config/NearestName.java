package dev.tandem.jobs.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Finds the valid name that someone probably meant. */
public final class NearestName {
  private NearestName() {}

  /**
   * The valid name nearest to a mistaken one, by edit distance without regard to case, hyphens and
   * underscores.
   *
   * @param name the mistaken name
   * @param valid the valid names
   * @return the nearest; null where none is near
   */
  public static String of(String name, Collection<String> valid) {
    String nearest = null;
    int best = Integer.MAX_VALUE;
    for (String candidate : valid) {
      int distance = distance(fold(name), fold(candidate));
      if (distance < best) {
        best = distance;
        nearest = candidate;
      }
    }
    return best <= Math.max(1, name.length() / 3) ? nearest : null;
  }

  /** For an unknown key: what to write instead, as the end of a sentence. */
  static String hint(String path, KeySchema schema) {
    int dot = path.lastIndexOf('.');
    String group = dot < 0 ? "" : path.substring(0, dot);
    String name = path.substring(dot + 1);
    List<String> siblings = schema.group(group);
    String sibling = siblings == null ? null : of(name, siblings);
    if (sibling != null) {
      return "did you mean " + (group.isEmpty() ? sibling : group + "." + sibling) + "?";
    }
    List<String> elsewhere = new ArrayList<>();
    for (String key : schema.keys().keySet()) {
      if (fold(key.substring(key.lastIndexOf('.') + 1)).equals(fold(name))) {
        elsewhere.add(key);
      }
    }
    if (!elsewhere.isEmpty()) {
      return "did you mean " + String.join(" or ", elsewhere) + "?";
    }
    String nearest = of(path, schema.keys().keySet());
    if (nearest != null) {
      return "did you mean " + nearest + "?";
    }
    return siblings == null
        ? "docs/configuration.md lists the keys"
        : "valid "
            + (group.isEmpty() ? "here" : "in " + group)
            + ": "
            + String.join(", ", siblings);
  }

  private static String fold(String name) {
    return name.replaceAll("[-_]", "").toLowerCase(Locale.ROOT);
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
