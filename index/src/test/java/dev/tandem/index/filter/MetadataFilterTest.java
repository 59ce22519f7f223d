package dev.tandem.index.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.index.vector.PassageMetadata;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataFilterTest {

  private static final List<Map<String, String>> ROWS =
      List.of(
          Map.of("lang", "en", "year", "2019"),
          Map.of("lang", "de", "year", "2020"),
          Map.of("lang", "en-GB", "year", "2020.5"),
          Map.of("year", "-3"),
          Map.of("lang", "a|b"),
          Map.of("lang", "", "year", "2e3"));

  private static PassageMetadata metadata() {
    PassageMetadata.Builder builder = new PassageMetadata.Builder(List.of("year", "lang"));
    ROWS.forEach(builder::add);
    return builder.build();
  }

  private static List<Integer> passing(String... conditions) {
    return MetadataFilter.parse(List.of(conditions)).passing(metadata()).stream().boxed().toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "lang=en; 0",
        "lang = en ; 0",
        "lang=en|de; 0 1",
        "lang=EN; ''",
        "lang!=en; 1 2 3 4 5",
        "lang!=en|de|en-GB; 3 4 5",
        "lang=a\\|b; 4",
        "lang!=a\\|b; 0 1 2 3 5",
        "year=2020; 1",
        "year=2020.0; ''",
        "year>=2020; 1 2",
        "year>2020; 2",
        "year<=2000; 3 5",
        "year<2000.0; 3",
        "year>=-3; 0 1 2 3 5",
        "year<1e400; 0 1 2 3 5"
      })
  void aConditionHoldsWhereItShould(String condition, String rows) {
    assertThat(passing(condition))
        .isEqualTo(
            List.of(rows.split(" ")).stream()
                .filter(row -> !row.isEmpty())
                .map(Integer::valueOf)
                .toList());
  }

  /** White space around a value counts no more than around an operand. */
  @Test
  void valuesAreComparedWithoutWhiteSpaceAroundThem() {
    PassageMetadata.Builder builder = new PassageMetadata.Builder(List.of("lang"));
    List.of(" en", "en\t", "e n", "en").forEach(lang -> builder.add(Map.of("lang", lang)));
    PassageMetadata metadata = builder.build();
    assertThat(MetadataFilter.parse(List.of("lang=en")).passing(metadata).stream())
        .containsExactly(0, 1, 3);
    assertThat(MetadataFilter.parse(List.of("lang!=en")).passing(metadata).stream())
        .containsExactly(2);
    assertThat(MetadataFilter.parse(List.of("lang= e n ")).passing(metadata).stream())
        .containsExactly(2);
  }

  @Test
  void allConditionsMustHold() {
    assertThat(passing("lang=en|de", "year>=2020")).containsExactly(1);
    assertThat(passing("lang=en", "lang=de")).isEmpty();
    assertThat(passing()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(MetadataFilter.parse(List.of("lang=en|de", "year>=2020", "lang!=x")).fields())
        .containsExactly("lang", "year");
    assertThat(MetadataFilter.NONE.isEmpty()).isTrue();
    assertThat(MetadataFilter.parse(List.of("a=b")).isEmpty()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lang=a\\|b|c", "lang!=\\=x", "year>=2020", "lang=x\\\\y", "lang=1|2"})
  void aConditionIsShownAsItIsRead(String condition) {
    assertThat(MetadataFilter.parse(List.of(condition)).conditions()).containsExactly(condition);
    assertThat(MetadataFilter.parse(List.of(" lang  =  en ")).conditions())
        .containsExactly("lang=en");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "lang; expected field=value",
        "''; expected field=value",
        "=en; expected field=value",
        "lang!en; expected field=value",
        "lang==en; may start with \\=en",
        "year=>3; may start with \\>3",
        "lang=; lacks a value",
        "lang=en|; lacks a value",
        "year>=; lacks a value",
        "year>=new; compares with 'new', which is no number",
        "year<1|2; compares with '1|2', which is no number"
      })
  void aMalformedConditionIsRefused(String condition, String message) {
    assertThatThrownBy(() -> MetadataFilter.parse(List.of("a=b", condition)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + condition + "'")
        .hasMessageContaining(message);
  }

  @Test
  void aValueThatIsNoNumberIsRefusedByName() {
    assertThatThrownBy(() -> passing("lang>3"))
        .isInstanceOf(UnfitValueException.class)
        .hasMessageContaining("'lang>3' compares numbers, but a passage has lang = 'en'");
  }

  @Test
  void aFieldThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> passing("size=3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no metadata field 'size', there are [lang, year]");
  }
}
