package dev.tandem.jobs.search;

import java.util.Locale;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jline.utils.AttributedString;

/** Answers as lines for a person. */
final class AnswerText {
  /** Ids are padded to one width up to this. */
  private static final int LONGEST_PADDED = 24;

  /** A line has room for so much of the text at least, however narrow the terminal is. */
  private static final int LEAST_TEXT = 20;

  private static final String INDENT = "    ";

  /**
   * How answers look.
   *
   * @param fullText whether texts are shown whole, on lines of their own
   * @param explain whether hits say where and how they were found
   * @param width columns of the terminal that lines are cut at; empty for no terminal, where a text
   *     is one line of any length
   */
  record Style(boolean fullText, boolean explain, OptionalInt width) {}

  private AnswerText() {}

  /** The hits, a line or several for each, without a line break at the end. */
  static String of(Answer answer, Style style) {
    if (answer.hits().isEmpty()) {
      return "nothing found";
    }
    int rankWidth = String.valueOf(answer.hits().size()).length();
    int idWidth =
        Math.min(
            LONGEST_PADDED,
            answer.hits().stream().mapToInt(hit -> columns(id(hit))).max().orElse(0));
    StringBuilder lines = new StringBuilder();
    for (Answer.Hit hit : answer.hits()) {
      String id = id(hit);
      String head =
          String.format(
              Locale.ROOT,
              "%" + rankWidth + "d  %7.4f  %s",
              hit.rank(),
              hit.found().score(),
              id + " ".repeat(Math.max(0, idWidth - columns(id))));
      String text = hit.text().orElse("(the version keeps no texts)");
      lines.append(lines.isEmpty() ? "" : "\n");
      if (style.fullText()) {
        lines.append(head.stripTrailing()).append('\n').append(whole(text));
      } else {
        lines.append(head).append("  ").append(oneLine(text, columns(head) + 2, style.width()));
      }
      if (style.explain()) {
        lines.append('\n').append(INDENT).append(explanation(answer, hit));
        hit.metadata()
            .filter(metadata -> !metadata.isEmpty())
            .ifPresent(metadata -> lines.append('\n').append(INDENT).append(fields(metadata)));
      }
    }
    return lines.toString();
  }

  /** What was searched and how long it took. */
  static String summary(Answer answer) {
    return String.format(
        Locale.ROOT,
        "%d passages%s in version %s of %s, encoded in %.1f ms, searched in %.1f ms",
        answer.passages(),
        answer.passing().isEmpty()
            ? ""
            : ", "
                + answer.passing().getAsLong()
                + " of which pass "
                + harmlessLine(String.join(" and ", answer.filter()))
                + ",",
        answer.version(),
        answer.index(),
        answer.encodeMillis(),
        answer.searchMillis() + answer.textMillis());
  }

  private static String explanation(Answer answer, Answer.Hit hit) {
    return String.format(
        Locale.ROOT,
        "score %.9f by %s; shard %d, row %d, version %s",
        hit.exactScore(),
        hit.found().byGraph() ? "the shard's graph" : "exact search",
        hit.found().shard(),
        hit.found().row(),
        answer.version());
  }

  private static String fields(SortedMap<String, String> metadata) {
    return metadata.entrySet().stream()
        .map(field -> harmlessLine(field.getKey() + " = " + field.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String oneLine(String text, int before, OptionalInt width) {
    String line = harmless(text).replaceAll("\\s+", " ").strip();
    if (width.isEmpty()) {
      return line;
    }
    int room = Math.max(LEAST_TEXT, width.getAsInt() - before);
    AttributedString columns = new AttributedString(line);
    return columns.columnLength() <= room
        ? line
        : columns.columnSubSequence(0, room - 1).toString().stripTrailing() + "…";
  }

  private static String whole(String text) {
    return INDENT + harmless(text).strip().replaceAll("\\R", "\n" + INDENT);
  }

  /** The id of a passage, on one line. */
  private static String id(Answer.Hit hit) {
    return harmlessLine(hit.found().id());
  }

  /**
   * Without characters that would make a terminal do something: the control characters of Unicode,
   * C1 included, but for line breaks and tabs.
   */
  private static String harmless(String text) {
    return text.replaceAll("[\\p{Cc}&&[^\n\r\t]]", " ");
  }

  /** As {@link #harmless}, with line breaks and tabs replaced too. */
  static String harmlessLine(String text) {
    return text.replaceAll("\\p{Cc}", " ");
  }

  private static int columns(String text) {
    return new AttributedString(text).columnLength();
  }
}
