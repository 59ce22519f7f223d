package dev.tandem.jobs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.data.BadRecord.Reason;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Metadata of passages as the line formats have them. */
class MetadataParsingTest {
  private static final List<String> FIELDS = List.of("lang", "year", "title", "open");

  private static TextRecord parse(DataFormat format, String line) throws BadLineException {
    return Parsers.texts(format, FIELDS).parse(line, 1);
  }

  @Test
  void tsvHasThemInItsLastColumn() throws BadLineException {
    assertThat(parse(DataFormat.TSV, "p\tsome text\t{\"lang\": \"en\", \"other\": [1]}"))
        .isEqualTo(new TextRecord("p", "some text", new java.util.TreeMap<>(Map.of("lang", "en"))));
    assertThat(parse(DataFormat.TSV, "p\tsome\ttext\t{}"))
        .isEqualTo(new TextRecord("p", "some\ttext"));
    assertThat(parse(DataFormat.TSV, "p\tsome text")).isEqualTo(new TextRecord("p", "some text"));
  }

  @Test
  void tsvWithoutWantedMetadataIsTextToItsEnd() throws BadLineException {
    String line = "p\tsome text\t{\"lang\": \"en\"}";
    assertThat(Parsers.texts(DataFormat.TSV).parse(line, 1))
        .isEqualTo(new TextRecord("p", "some text\t{\"lang\": \"en\"}"));
    assertThat(Parsers.texts(DataFormat.TSV).parse("d\thttp://a\ttitle\tbody", 1).text())
        .isEqualTo("http://a\ttitle\tbody");
  }

  @Test
  void beirHasThemInTheLineOrInItsMetadata() throws BadLineException {
    assertThat(
            parse(
                    DataFormat.BEIR,
                    "{\"_id\":\"p\",\"title\":\"T\",\"text\":\"t\",\"lang\":\"de\",\"year\":1,"
                        + "\"metadata\":{\"year\":1.50,\"open\":true,\"other\":{}}}")
                .metadata())
        .isEqualTo(Map.of("lang", "de", "year", "1.50", "open", "true"));
    assertThat(
            parse(
                    DataFormat.BEIR,
                    "{\"_id\":\"p\",\"text\":\"t\",\"year\":12345678901234567890123,"
                        + "\"lang\":null,\"metadata\":{\"title\":\"its own\"}}")
                .metadata())
        .isEqualTo(Map.of("year", "12345678901234567890123", "title", "its own"));
    assertThat(
            parse(DataFormat.BEIR, "{\"_id\":\"p\",\"text\":\"t\",\"year\":1e3,\"lang\":-2.50E-9}")
                .metadata())
        .as("exponents are written in one way")
        .isEqualTo(Map.of("year", "1E+3", "lang", "-2.50E-9"));
    assertThat(
            parse(DataFormat.BEIR, "{\"_id\":\"p\",\"text\":\"t\",\"metadata\":null}").metadata())
        .isEmpty();
    assertThat(
            Parsers.texts(DataFormat.BEIR)
                .parse("{\"_id\":\"p\",\"text\":\"t\",\"metadata\":7,\"lang\":\"en\"}", 1)
                .metadata())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '^',
      value = {
        "TSV; p,some text,en; the metadata after the last tab are no JSON",
        "TSV; p,some text,; the metadata after the last tab are no JSON object: ''",
        "TSV; p,some text,7; the metadata after the last tab are no JSON object: '7'",
        "TSV; p,some text,{} x; the metadata after the last tab are no JSON",
        "TSV; p,some text,{\"lang\":[\"en\"]}; 'lang' is no text, number or boolean: '[\"en\"]'",
        "BEIR; {\"_id\":\"p\",\"text\":\"t\",\"metadata\":7}; 'metadata' is no JSON object: '7'",
        "BEIR; {\"_id\":\"p\",\"text\":\"t\",\"lang\":{}}; 'lang' is no text, number or boolean",
      })
  void malformedOnesAreToldWithTheirValue(DataFormat format, String line, String message) {
    String tabbed =
        format == DataFormat.TSV ? line.replaceFirst(",", "\t").replaceFirst(",", "\t") : line;
    assertThatThrownBy(() -> parse(format, tabbed))
        .isInstanceOfSatisfying(
            BadLineException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MALFORMED))
        .hasMessageContaining(message);
  }

  @Test
  void halfACharacterIsInvalid() {
    assertThatThrownBy(() -> parse(DataFormat.TSV, "p\tt\t{\"lang\":\"\\ud800\"}"))
        .isInstanceOfSatisfying(
            BadLineException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_UTF8))
        .hasMessageContaining("the metadata field 'lang' has half a character, \\ud800");
  }
}
