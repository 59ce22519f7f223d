package dev.tandem.jobs.javasource;

import com.github.javaparser.javadoc.Javadoc;
import com.github.javaparser.javadoc.description.JavadocDescriptionElement;
import com.github.javaparser.javadoc.description.JavadocInlineTag;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The first sentence of a Javadoc comment as plain text, where it says what the method does. */
final class JavadocSentence {
  private static final int FEWEST_WORDS = 3;
  private static final int MOST_WORDS = 60;

  // Ends a sentence even where there is no full stop.
  private static final Pattern BLOCK_TAG =
      Pattern.compile("(?i)</?(p|ul|ol|li|dl|pre|br|h[1-6]|table|div|blockquote)\\b[^>]*>");
  private static final Pattern TAG = Pattern.compile("</?[a-zA-Z][^<>]*>|<!--.*?-->");
  private static final Pattern ENTITY = Pattern.compile("&(#?[a-zA-Z0-9]+);");
  private static final Pattern STOP = Pattern.compile("[.!?]+[\"')\\]]*(?=\\s|$)");
  private static final Pattern ABBREVIATION =
      Pattern.compile(
          "(?i)(^|[\\s(])(e\\.g|i\\.e|etc|vs|cf|resp|approx|incl|max|min|no|a\\.k\\.a)\\.$");
  private static final Pattern NO_CONTENT =
      Pattern.compile(
          "(?i)^(see\\b|\\(?non-javadoc|todo\\b|fixme\\b|deprecated\\b|inherited\\b"
              + "|overrid(es|den)\\b|delegates to\\b|implementation of\\b|same as\\b|like\\b|as\\s)"
              + ".*");
  private static final Set<String> LABEL_TAGS = Set.of("link", "linkplain");

  private JavadocSentence() {}

  /** The sentence; empty where the comment has none that could be a query. */
  static Optional<String> of(Javadoc javadoc) {
    StringBuilder text = new StringBuilder();
    for (JavadocDescriptionElement element : javadoc.getDescription().getElements()) {
      if (element instanceof JavadocInlineTag tag) {
        String name = tag.getName().toLowerCase(Locale.ROOT);
        if (name.equals("inheritdoc")) {
          return Optional.empty();
        }
        text.append(escape(inline(name, tag.getContent())));
      } else {
        text.append(element.toText());
      }
    }
    String sentence = first(plain(text.toString()));
    int words = sentence.isEmpty() ? 0 : sentence.split(" ").length;
    boolean usable =
        words >= FEWEST_WORDS
            && words <= MOST_WORDS
            && sentence.chars().filter(Character::isLetter).count() * 2 > sentence.length()
            && !NO_CONTENT.matcher(sentence).matches();
    return usable ? Optional.of(sentence) : Optional.empty();
  }

  private static String inline(String name, String content) {
    String stripped = content.strip().replaceAll("\\s+", " ");
    if (!LABEL_TAGS.contains(name)) {
      return name.equals("value") && stripped.isEmpty() ? "" : stripped.replaceFirst("^#", "");
    }
    // A parameter list may have blanks, the label comes after it.
    int close = stripped.indexOf(')');
    int blank = stripped.indexOf(' ', Math.max(0, close));
    if (blank > 0 && blank + 1 < stripped.length()) {
      return stripped.substring(blank + 1);
    }
    int parameters = stripped.indexOf('(');
    String target = parameters < 0 ? stripped : stripped.substring(0, parameters);
    return target.replaceFirst("^#", "").replaceFirst("^.*\\.(?=[A-Z])", "").replace('#', '.');
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String plain(String html) {
    Matcher block = BLOCK_TAG.matcher(html);
    String part = html;
    // Text before the first block element; a comment may also begin with one.
    int from = 0;
    while (block.find()) {
      if (!html.substring(from, block.start()).isBlank()) {
        part = html.substring(from, block.start());
        break;
      }
      from = block.end();
      part = html.substring(from);
    }
    return unescape(TAG.matcher(part).replaceAll("")).replaceAll("[\\s\\u00a0]+", " ").strip();
  }

  private static String unescape(String text) {
    return ENTITY
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(character(match.group(1), match.group())));
  }

  private static String character(String name, String whole) {
    switch (name) {
      case "lt":
        return "<";
      case "gt":
        return ">";
      case "amp":
        return "&";
      case "quot":
        return "\"";
      case "apos":
        return "'";
      case "nbsp":
        return " ";
      default:
        try {
          if (name.startsWith("#x") || name.startsWith("#X")) {
            return Character.toString(Integer.parseInt(name.substring(2), 16));
          }
          return name.startsWith("#")
              ? Character.toString(Integer.parseInt(name.substring(1)))
              : whole;
        } catch (IllegalArgumentException e) {
          return whole;
        }
    }
  }

  private static String first(String text) {
    Matcher stop = STOP.matcher(text);
    while (stop.find()) {
      String sentence = text.substring(0, stop.end());
      if (!ABBREVIATION.matcher(sentence).find()) {
        return sentence;
      }
    }
    return text;
  }
}
