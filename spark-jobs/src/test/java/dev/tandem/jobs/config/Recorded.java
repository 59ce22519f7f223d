package dev.tandem.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Texts kept in files: compared in a test, or with {@code -Dtandem.update=true} written anew. Paths
 * are taken from the module's directory, where Surefire runs tests.
 */
final class Recorded {
  private static final Path RESOURCES = Path.of("src/test/resources/dev/tandem/jobs/config");
  private static final String HOW =
      "%s is stale; if the change is intended, write it anew with: mvn -pl spark-jobs -am test"
          + " -Dtest='Config*Test' -Dsurefire.failIfNoSpecifiedTests=false -Dtandem.update=true";

  private Recorded() {}

  static String read(String name) throws IOException {
    return Files.readString(RESOURCES.resolve(name), StandardCharsets.UTF_8);
  }

  static void assertSame(String name, String text) throws IOException {
    assertSame(RESOURCES.resolve(name), text);
  }

  static void assertSame(Path file, String text) throws IOException {
    if (Boolean.getBoolean("tandem.update")) {
      Files.writeString(file, text, StandardCharsets.UTF_8);
    }
    assertThat(text).as(HOW, file.normalize()).isEqualTo(Files.readString(file));
  }
}
