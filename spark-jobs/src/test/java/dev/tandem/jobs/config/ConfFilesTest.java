package dev.tandem.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file under conf/ is a valid configuration. */
class ConfFilesTest {
  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("../conf"))) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void isValid(Path file) {
    LoadedConfig loaded =
        new ConfigLoader(new Configuration(false))
            .load(new ConfigSources(List.of(file.toString()), List.of()));

    assertThat(loaded.problems().report()).isEmpty();
  }
}
