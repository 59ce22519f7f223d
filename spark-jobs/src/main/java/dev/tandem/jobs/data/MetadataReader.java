package dev.tandem.jobs.data;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.tandem.jobs.data.BadRecord.Reason;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Takes the wanted metadata fields of a passage from JSON. Texts are kept as they are, numbers and
 * booleans as JSON writes them, but that a number with an exponent is written as {@link
 * java.math.BigDecimal#toString} has it ({@code 1e3} as {@code 1E+3}); null is as good as absent.
 * What is not wanted is not looked at.
 */
final class MetadataReader implements Serializable {
  private static final long serialVersionUID = 1L;

  /** For a column that must be JSON to its end. */
  private static final ObjectReader WHOLE =
      Parsers.JSON.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** What a BEIR line has besides metadata. */
  private static final Set<String> PASSAGE = Set.of("_id", "title", "text", "metadata");

  private final ArrayList<String> fields;

  MetadataReader(List<String> fields) {
    this.fields = new ArrayList<>(fields);
  }

  /** Whether any field is wanted. */
  boolean wanted() {
    return !fields.isEmpty();
  }

  /**
   * The third column of a TSV line.
   *
   * @throws BadLineException where it is no JSON object, or a wanted field has no plain value
   */
  SortedMap<String, String> ofColumn(String column) throws BadLineException {
    String advice = "the metadata after the last tab are ";
    JsonNode node;
    try {
      node = Parsers.json(column, WHOLE);
    } catch (BadLineException e) {
      throw new BadLineException(e.reason(), advice + e.getMessage());
    }
    if (!node.isObject()) {
      throw new BadLineException(
          Reason.MALFORMED, advice + "no JSON object: " + Parsers.shown(column));
    }
    SortedMap<String, String> found = new TreeMap<>();
    for (String field : fields) {
      put(field, node.get(field), found);
    }
    return found;
  }

  /**
   * Of a BEIR line: the members of its {@code metadata}, and for fields not there those of the line
   * itself.
   *
   * @throws BadLineException where {@code metadata} is no object, or a wanted field has no plain
   *     value
   */
  SortedMap<String, String> ofBeir(JsonNode line) throws BadLineException {
    SortedMap<String, String> found = new TreeMap<>();
    if (!wanted()) {
      return found;
    }
    JsonNode metadata = line.get("metadata");
    if (metadata != null && !metadata.isNull() && !metadata.isObject()) {
      throw new BadLineException(
          Reason.MALFORMED, "'metadata' is no JSON object: " + Parsers.shown(metadata.toString()));
    }
    for (String field : fields) {
      JsonNode value = metadata == null ? null : metadata.get(field);
      put(field, value == null && !PASSAGE.contains(field) ? line.get(field) : value, found);
    }
    return found;
  }

  private static void put(String field, JsonNode value, SortedMap<String, String> found)
      throws BadLineException {
    if (value == null || value.isNull()) {
      return;
    }
    if (!value.isValueNode()) {
      throw new BadLineException(
          Reason.MALFORMED,
          "the metadata field '"
              + field
              + "' is no text, number or boolean: "
              + Parsers.shown(value.toString()));
    }
    String text = value.asText();
    Parsers.checkCharacters(text, "the metadata field '" + field + "'");
    found.put(field, text);
  }
}
