package dev.tandem.index.trec;

import java.util.Comparator;

/**
 * Orders strings as their UTF-8 bytes compare, unsigned: what C's {@code strcmp} does and so what
 * trec_eval sorts query and passage ids by.
 *
 * <p>{@link String#compareTo} compares UTF-16 units instead, which differs where one string has a
 * character beyond the basic plane and the other one between U+E000 and U+FFFF.
 */
public final class Utf8Order {

  /** Ascending byte order. */
  public static final Comparator<String> ASCENDING = Utf8Order::compare;

  private Utf8Order() {}

  /** Compares two strings by their UTF-8 bytes; the sign means what a comparator's sign means. */
  public static int compare(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char l = left.charAt(i);
      char r = right.charAt(i);
      if (l != r) {
        // A surrogate stands for a code point above every character of the basic plane.
        boolean leftSupplementary = Character.isSurrogate(l);
        boolean rightSupplementary = Character.isSurrogate(r);
        if (leftSupplementary != rightSupplementary) {
          return leftSupplementary ? 1 : -1;
        }
        return Character.compare(l, r);
      }
    }
    return Integer.compare(left.length(), right.length());
  }
}
