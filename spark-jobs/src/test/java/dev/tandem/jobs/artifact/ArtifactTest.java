package dev.tandem.jobs.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactTest {
  private static final ArtifactKind KIND = new ArtifactKind("thing", 2);
  private static final Map<String, String> INPUTS = Map.of("collection", "abc");
  private static final Map<String, Object> SETTINGS = Map.of("length", 32, "prefix", "");

  @TempDir java.nio.file.Path directory;
  private final Configuration hadoop = new Configuration();
  private Path target;

  @BeforeEach
  void target() {
    target = new Path(directory.resolve("out").toUri());
  }

  private ArtifactDirectory publish(String text) throws IOException {
    ArtifactWriter writer = ArtifactWriter.begin(hadoop, target, KIND, INPUTS, SETTINGS);
    try (PartWriter part = writer.parts().begin(hadoop, "part-00000")) {
      try (OutputStream out = part.create("a.bin")) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
      part.commit(Map.of("records", 3L));
    }
    try (OutputStream out = writer.create("b.txt")) {
      out.write('b');
    }
    return writer.publish(Map.of("records", 3L));
  }

  private java.nio.file.Path local(String name) {
    return directory.resolve("out").resolve(name);
  }

  @Test
  void publishesWithLengthsAndChecksumsAndLeavesNothingBeside() throws IOException {
    ArtifactDirectory published = publish("hello");
    assertThat(published.manifest().files())
        .containsEntry(
            "a.bin",
            new FileEntry(5, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"))
        .containsOnlyKeys("a.bin", "b.txt");
    assertThat(published.manifest().createdBy()).matches("tandem \\d.*");
    published.verifyChecksums(hadoop);
    try (Stream<java.nio.file.Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactly("out");
    }
  }

  @Test
  void isReusedForTheSameInputsAndConfigurationOnly() throws IOException {
    publish("hello");
    assertThat(ArtifactDirectory.reusable(hadoop, target, KIND, INPUTS, SETTINGS)).isPresent();
    assertThat(
            ArtifactDirectory.reusable(hadoop, target, KIND, Map.of("collection", "abd"), SETTINGS))
        .isEmpty();
    assertThat(
            ArtifactDirectory.reusable(
                hadoop, target, KIND, INPUTS, Map.of("length", 33, "prefix", "")))
        .isEmpty();
  }

  @Test
  void theLaterOfTwoWritersTakesOverWhatTheFirstHasPublished() throws IOException {
    ArtifactWriter first = ArtifactWriter.begin(hadoop, target, KIND, INPUTS, SETTINGS);
    ArtifactWriter second = ArtifactWriter.begin(hadoop, target, KIND, INPUTS, SETTINGS);
    try (OutputStream out = first.create("a.txt")) {
      out.write('a');
    }
    ArtifactDirectory published = first.publish(Map.of());
    assertThat(second.publish(Map.of()).manifest()).isEqualTo(published.manifest());

    ArtifactWriter late = ArtifactWriter.begin(hadoop, target, KIND, INPUTS, SETTINGS);
    ArtifactWriter early = ArtifactWriter.begin(hadoop, target, KIND, INPUTS, SETTINGS);
    try (OutputStream out = early.create("a.txt")) {
      out.write('b');
    }
    published = early.publish(Map.of());
    // the working directory comes back with this file only
    late.create("b.txt").close();
    assertThat(late.publish(Map.of()).manifest()).isEqualTo(published.manifest());
    assertThat(local("a.txt")).hasContent("b");
    try (Stream<java.nio.file.Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactly("out");
    }
  }

  @Test
  void replacesAnOlderOneButNothingElse() throws IOException {
    publish("hello");
    assertThat(publish("other").manifest().files().get("a.bin").bytes()).isEqualTo(5);
    Files.delete(local(Manifest.FILE_NAME));
    assertThatThrownBy(() -> publish("third"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("is no Tandem artifact; it is not overwritten");
  }

  @Test
  void aFinishedPartIsFoundAgainAfterAKill() throws IOException {
    ArtifactWriter killed = ArtifactWriter.begin(hadoop, target, KIND, INPUTS, SETTINGS);
    try (PartWriter part = killed.parts().begin(hadoop, "part-00000")) {
      part.create("a.bin").close();
      part.commit(Map.of("records", 7L));
    }
    PartWriter unfinished = killed.parts().begin(hadoop, "part-00001");
    unfinished.create("c.bin").write(1);

    ArtifactWriter again = ArtifactWriter.begin(hadoop, target, KIND, INPUTS, SETTINGS);
    assertThat(again.parts().finished(hadoop, "part-00000"))
        .hasValueSatisfying(part -> assertThat(part.count("records")).isEqualTo(7));
    assertThat(again.parts().finished(hadoop, "part-00001")).isEmpty();
    assertThat(again.publish(Map.of()).manifest().files()).containsOnlyKeys("a.bin");

    ArtifactWriter other =
        ArtifactWriter.begin(hadoop, target, KIND, Map.of("collection", "x"), SETTINGS);
    assertThat(other.parts().finished(hadoop, "part-00000")).isEmpty();
  }

  @Test
  void refusesWhatIsMissingDamagedOrOfAnotherKind() throws IOException {
    assertProblem("does not exist", "'thing'");
    publish("hello");
    assertThatThrownBy(() -> ArtifactDirectory.open(hadoop, target, new ArtifactKind("index", 1)))
        .hasMessageContaining("of kind 'thing', here 'index' is needed");
    assertThatThrownBy(() -> ArtifactDirectory.open(hadoop, target, new ArtifactKind("thing", 1)))
        .hasMessageContaining("unknown version 2 of thing, this Tandem reads up to 1");
    Files.writeString(local("a.bin"), "hell");
    assertProblem("has 4 bytes, the manifest says 5");
    Files.delete(local(".a.bin.crc"));
    Files.writeString(local("a.bin"), "hellO");
    ArtifactDirectory opened = ArtifactDirectory.open(hadoop, target, KIND);
    assertThatThrownBy(() -> opened.verifyChecksums(hadoop)).hasMessageContaining("SHA-256");
    Files.delete(local("a.bin"));
    assertProblem("a.bin is missing");
    Files.deleteIfExists(local(".manifest.json.crc"));
    Files.writeString(local("manifest.json"), "{\"kind\": \"thing\"");
    assertProblem("manifest.json is damaged");
    Files.delete(local("manifest.json"));
    assertProblem("is no complete artifact");
  }

  private void assertProblem(String... parts) {
    assertThatThrownBy(() -> ArtifactDirectory.open(hadoop, target, KIND))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.ARTIFACT))
        .message()
        .contains(parts);
  }
}
