package dev.tandem.jobs.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tandem.jobs.data.BadRecord.Reason;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/** The line formats that Tandem reads. */
public final class Parsers {
  // With numbers as they were written, which metadata keep: 1.50 stays 1.50.
  static final ObjectReader JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true))
          .reader();

  private static final int SHOWN = 60;

  private Parsers() {}

  /** The parser of passages or queries in a format, without metadata. */
  public static RecordParser<TextRecord> texts(DataFormat format) {
    return texts(format, List.of());
  }

  /**
   * The parser of passages in a format. Where metadata are wanted, a TSV line may have a third
   * column, after its last tab, with a JSON object; where none are, all after the first tab is
   * text.
   *
   * @param fields metadata fields to keep
   */
  public static RecordParser<TextRecord> texts(DataFormat format, List<String> fields) {
    MetadataReader metadata = new MetadataReader(fields);
    return switch (format) {
      case TSV -> (line, number) -> tsv(line, metadata);
      case BEIR -> (line, number) -> beir(line, metadata);
      case JAVA_SOURCES ->
          throw new IllegalArgumentException("Java sources are not read line by line");
    };
  }

  private static TextRecord tsv(String line, MetadataReader metadata) throws BadLineException {
    int tab = line.indexOf('\t');
    if (tab < 0) {
      throw new BadLineException(Reason.MALFORMED, "no tab between id and text in " + shown(line));
    }
    String id = line.substring(0, tab);
    int last = line.lastIndexOf('\t');
    if (!metadata.wanted() || last == tab) {
      return record(id, line.substring(tab + 1), Collections.emptySortedMap());
    }
    return record(id, line.substring(tab + 1, last), metadata.ofColumn(line.substring(last + 1)));
  }

  private static TextRecord beir(String line, MetadataReader metadata) throws BadLineException {
    JsonNode node = json(line, JSON);
    if (node == null || !node.isObject()) {
      throw new BadLineException(Reason.MALFORMED, "no JSON object: " + shown(line));
    }
    JsonNode id = node.get("_id");
    if (id == null || !(id.isTextual() || id.isIntegralNumber())) {
      throw new BadLineException(
          Reason.BAD_ID, "_id is " + (id == null ? "missing" : shown(id.toString())));
    }
    String title = field(node, "title", false);
    String text = field(node, "text", true);
    String joined = title.isEmpty() ? text : title + " " + text;
    return record(id.asText(), joined.strip(), metadata.ofBeir(node));
  }

  static JsonNode json(String text, ObjectReader reader) throws BadLineException {
    try {
      return reader.readTree(text);
    } catch (JsonProcessingException e) {
      throw new BadLineException(
          Reason.MALFORMED, "no JSON: " + e.getOriginalMessage() + " in " + shown(text));
    }
  }

  private static String field(JsonNode node, String name, boolean required)
      throws BadLineException {
    JsonNode value = node.get(name);
    if (value == null && required) {
      throw new BadLineException(Reason.MALFORMED, "'" + name + "' is missing");
    }
    if (value == null || value.isNull()) {
      return "";
    }
    if (!value.isTextual()) {
      throw new BadLineException(
          Reason.MALFORMED, "'" + name + "' is no text: " + shown(value.toString()));
    }
    return value.textValue();
  }

  private static TextRecord record(String id, String text, SortedMap<String, String> metadata)
      throws BadLineException {
    checkId(id, "id");
    if (text.isBlank()) {
      throw new BadLineException(Reason.EMPTY_TEXT, "the text of " + id + " is empty");
    }
    checkCharacters(text, "the text of " + id);
    return new TextRecord(id, text, metadata);
  }

  /** Checks that a text can be written as UTF-8 and read back. */
  static void checkCharacters(String text, String what) throws BadLineException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw new BadLineException(
              Reason.INVALID_UTF8,
              String.format("%s has half a character, \\u%04x", what, (int) c));
        }
        i++;
      }
    }
  }

  private static String checkId(String id, String what) throws BadLineException {
    if (id.isEmpty()) {
      throw new BadLineException(Reason.BAD_ID, "the " + what + " is empty");
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (Character.isWhitespace(c) || Character.isISOControl(c) || c == '\u00a0') {
        throw new BadLineException(
            Reason.BAD_ID, "the " + what + " " + shown(id) + " has white space in it");
      }
    }
    return id;
  }

  /**
   * The parser of judgements: TREC's four columns (query, ignored, passage, grade) parted by white
   * space, or BEIR's three (query, passage, grade) parted by tabs, with or without the header line.
   */
  public static RecordParser<Judgement> judgements() {
    return (line, number) -> {
      String[] columns = line.split("\t", -1);
      if (columns.length != 3) {
        columns = line.strip().split("\\s+");
      }
      if (number == 1 && isHeader(columns)) {
        return null;
      }
      if (columns.length != 3 && columns.length != 4) {
        throw new BadLineException(
            Reason.MALFORMED,
            columns.length
                + (columns.length == 1 ? " column" : " columns")
                + " in place of 4 (query 0 passage grade) or 3 (query passage grade): "
                + shown(line));
      }
      int last = columns.length - 1;
      return new Judgement(
          checkId(columns[0], "query id"),
          checkId(columns[last - 1], "passage id"),
          grade(columns[last]));
    };
  }

  private static boolean isHeader(String[] columns) {
    return columns.length == 3
        && columns[0].toLowerCase(Locale.ROOT).startsWith("query")
        && columns[1].toLowerCase(Locale.ROOT).startsWith("corpus");
  }

  private static int grade(String text) throws BadLineException {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw new BadLineException(
          Reason.BAD_GRADE, "the grade " + shown(text) + " is no whole number");
    }
  }

  /** The parser of hard negatives: query id, positive id, negative id, parted by tabs. */
  public static RecordParser<NegativeTriple> negatives() {
    return (line, number) -> {
      String[] columns = line.split("\t", -1);
      if (columns.length != 3) {
        throw new BadLineException(
            Reason.MALFORMED,
            columns.length
                + (columns.length == 1 ? " column" : " columns")
                + " in place of 3 (query, positive, negative, parted by tabs): "
                + shown(line));
      }
      return new NegativeTriple(
          checkId(columns[0], "query id"),
          checkId(columns[1], "positive's id"),
          checkId(columns[2], "negative's id"));
    };
  }

  static String shown(String text) {
    String cut = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    return "'" + cut.replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n") + "'";
  }
}
