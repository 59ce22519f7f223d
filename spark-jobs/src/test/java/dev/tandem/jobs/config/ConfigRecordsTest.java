package dev.tandem.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.model.loss.Losses;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records every default, and maps every key to another value. A changed default breaks this test on
 * purpose; {@link Recorded} says how to record it anew.
 */
class ConfigRecordsTest {
  @Test
  void everyDefaultIsAsRecorded() throws IOException {
    LoadedConfig loaded = load(List.of());

    assertThat(loaded.problems().list()).isEmpty();
    Recorded.assertSame("defaults.txt", dump(loaded.config()));
  }

  @Test
  void everyKeyReachesItsRecordComponent(@TempDir Path dir) throws IOException {
    Path file = Files.writeString(dir.resolve("every-key.conf"), Recorded.read("every-key.conf"));

    LoadedConfig loaded = load(List.of(file.toString()));

    assertThat(loaded.problems().list()).isEmpty();
    Recorded.assertSame("every-key.txt", dump(loaded.config()));
  }

  @Test
  void everyKeyHasAnotherValueInTheTest(@TempDir Path dir) throws IOException {
    Path file = Files.writeString(dir.resolve("every-key.conf"), Recorded.read("every-key.conf"));
    Map<String, Object> defaults = values(load(List.of()).config());
    Map<String, Object> others = values(load(List.of(file.toString())).config());

    for (Map.Entry<String, Object> entry : defaults.entrySet()) {
      Key key = KeySchema.TANDEM.keys().get(entry.getKey());
      if (key != null && key.words() != null && key.words().value().length == 1) {
        continue; // there is no other value
      }
      assertThat(others.get(entry.getKey()))
          .as("%s in every-key.conf must differ from its default", entry.getKey())
          .isNotEqualTo(entry.getValue());
    }
  }

  @Test
  void everyLossOfTheModelCanBeConfigured() {
    assertThat(KeySchema.TANDEM.keys().get("train.loss.type").words().value())
        .containsExactlyElementsOf(Losses.names());
  }

  private static LoadedConfig load(List<String> files) {
    return new ConfigLoader(new Configuration(false)).load(new ConfigSources(files, List.of()));
  }

  private static String dump(TandemConfig config) {
    StringBuilder text = new StringBuilder();
    values(config).forEach((path, value) -> text.append(path + " = " + show(value) + "\n"));
    return text.toString();
  }

  private static String show(Object value) {
    return value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
  }

  private static Map<String, Object> values(TandemConfig config) {
    Map<String, Object> values = new TreeMap<>();
    collect("", config, values);
    return values;
  }

  private static void collect(String path, Object value, Map<String, Object> values) {
    if (!(value instanceof Record record)) {
      values.put(path, value);
      return;
    }
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        collect(
            path.isEmpty() ? component.getName() : path + "." + component.getName(),
            component.getAccessor().invoke(record),
            values);
      } catch (ReflectiveOperationException e) {
        throw new AssertionError(e);
      }
    }
  }
}
