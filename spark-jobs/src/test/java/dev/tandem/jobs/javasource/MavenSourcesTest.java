package dev.tandem.jobs.javasource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MavenSourcesTest {
  @TempDir Path directory;
  private String workspace;

  @BeforeEach
  void workspace() {
    workspace = directory.resolve("workspace").toString();
  }

  private List<String> resolve(String coordinate, String... maven) throws IOException {
    return new MavenSources(directory.resolve("repository"), List.of(maven))
        .resolve(List.of(coordinate), new Configuration(), workspace);
  }

  @Test
  void takesAJarFromTheLocalRepositoryWithoutMaven() throws IOException {
    Path jar = directory.resolve("repository/org/x/lib/1.0/lib-1.0-sources.jar");
    Files.createDirectories(jar.getParent());
    Files.writeString(jar, "jar");
    List<String> found = resolve("org.x:lib:1.0", "no-such-program");
    assertThat(found).hasSize(1);
    assertThat(found.get(0)).endsWith("/workspace/source-jars/org.x/lib-1.0-sources.jar");
    assertThat(new org.apache.hadoop.fs.Path(found.get(0)).toUri().getPath())
        .satisfies(path -> assertThat(Path.of(path)).hasContent("jar"));
    Files.delete(jar);
    assertThat(resolve("org.x:lib:1.0", "no-such-program")).isEqualTo(found);
  }

  @Test
  void saysWhatToDoWhereAJarCannotBeFetched() {
    assertFails(
        () -> resolve("org.x:lib:1.0", "java", "-version"),
        "Cannot get the source jars of:\n  org.x:lib:1.0",
        "dependency:get");
    assertFails(() -> resolve("org.x:lib:1.0", "no-such-program"), "Maven did not start");
    assertFails(() -> resolve("org.x:lib", "mvn"), "'org.x:lib' is no Maven coordinate");
  }

  private static void assertFails(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... parts) {
    assertThatThrownBy(call).isInstanceOf(TandemException.class).message().contains(parts);
  }
}
