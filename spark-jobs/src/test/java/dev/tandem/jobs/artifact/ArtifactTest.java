package dev.tandem.jobs.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** A version of the layout that what is to be written does not need is not claimed. */
  @Test
  void isWrittenInTheVersionThatItsKindSays() throws IOException {
    ArtifactKind kind =
        new ArtifactKind("thing", 2, settings -> settings.containsKey("new") ? 2 : 1);
    for (Map<String, Object> settings : List.of(SETTINGS, Map.<String, Object>of("new", true))) {
      ArtifactDirectory written =
          ArtifactWriter.findOrWrite(
              hadoop, target, kind, INPUTS, settings, writer -> create(writer, "a.txt", 'a'));
      assertThat(written.manifest().formatVersion()).isEqualTo(settings.containsKey("new") ? 2 : 1);
      assertThat(ArtifactDirectory.reusable(hadoop, target, kind, INPUTS, settings)).isPresent();
    }
    ArtifactKind older = new ArtifactKind("thing", 1);
    assertThatThrownBy(() -> ArtifactDirectory.open(hadoop, target, older))
        .hasMessageContaining("unknown version 2 of thing");
    ArtifactKind wrong = new ArtifactKind("thing", 2, settings -> 3);
    assertThatThrownBy(() -> ArtifactWriter.begin(hadoop, target, wrong, INPUTS, SETTINGS))
        .hasMessageContaining("'thing' cannot be written in version 3 of 2");
  }

  private ArtifactDirectory findOrWrite(ArtifactWriter.Filling filling) throws IOException {
    return ArtifactWriter.findOrWrite(hadoop, target, KIND, INPUTS, SETTINGS, filling);
  }

  private static Map<String, Long> create(ArtifactWriter writer, String name, char content)
      throws IOException {
    try (OutputStream out = writer.create(name)) {
      out.write(content);
    }
    return Map.of();
  }

  /** Of two jobs at the same artifact one finishes while the other is at work. */
  @Test
  void takesOverWhatAnotherJobHasPublishedMeanwhile() throws IOException {
    ArtifactDirectory found =
        findOrWrite(
            late -> {
              create(late, "a.txt", 'a');
              findOrWrite(early -> create(early, "a.txt", 'e'));
              // the working directory comes back with this file only
              return create(late, "b.txt", 'b');
            });
    assertThat(found.manifest().files()).containsOnlyKeys("a.txt");
    assertThat(local("a.txt")).hasContent("e");
    assertNothingBeside();
  }

  /** A part of the later job is half written when its directory goes away. */
  @Test
  void takesOverWhereAPartCannotBeCommittedAnyMore() throws IOException {
    ArtifactDirectory found =
        findOrWrite(
            late -> {
              try (PartWriter part = late.parts().begin(hadoop, "part-00000")) {
                part.create("a.bin").close();
                findOrWrite(early -> create(early, "a.bin", 'e'));
                part.commit(Map.of());
              }
              return Map.of();
            });
    assertThat(found.manifest().files()).containsOnlyKeys("a.bin");
    assertThat(local("a.bin")).hasContent("e");
    assertNothingBeside();
  }

  /** A Spark job of the later one fails because the files are gone. */
  @Test
  void takesOverWhereASparkJobFails() throws IOException {
    ArtifactDirectory found =
        findOrWrite(
            late -> {
              findOrWrite(early -> create(early, "a.txt", 'e'));
              throw ArtifactTest.<RuntimeException>undeclared(new SparkException("no such file"));
            });
    assertThat(found.manifest().files()).containsOnlyKeys("a.txt");
    assertThatThrownBy(
            () ->
                ArtifactWriter.findOrWrite(
                    hadoop,
                    new Path(target.getParent(), "other"),
                    KIND,
                    INPUTS,
                    SETTINGS,
                    alone -> {
                      throw ArtifactTest.<RuntimeException>undeclared(new SparkException("lost"));
                    }))
        .isInstanceOf(SparkException.class);
  }

  @SuppressWarnings("unchecked")
  private static <E extends Exception> E undeclared(Exception e) throws E {
    throw (E) e;
  }

  /** One job publishes at each step of the other's publishing. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void twoThatPublishAtOnceEndWithOneArtifact(int step) throws IOException {
    Configuration faulty = FaultyFileSystem.configuration();
    AtomicInteger operations = new AtomicInteger();
    List<ArtifactDirectory> other = new ArrayList<>();
    try {
      ArtifactDirectory found =
          ArtifactWriter.findOrWrite(
              faulty,
              target,
              KIND,
              INPUTS,
              SETTINGS,
              late -> {
                ArtifactWriter early = ArtifactWriter.begin(hadoop, target, KIND, INPUTS, SETTINGS);
                create(late, "a.txt", 'a');
                FaultyFileSystem.breakWith(
                    (operation, path, to) -> {
                      if (operations.getAndIncrement() == step) {
                        other.add(publishOrFind(early));
                      }
                    });
                return Map.of();
              });
      assertThat(found.manifest().files()).containsOnlyKeys("a.txt");
    } finally {
      FaultyFileSystem.mend();
    }
    assertThat(operations.get()).isGreaterThan(step);
    assertThat(other).hasSize(1);
    assertThat(ArtifactDirectory.open(hadoop, target, KIND).manifest().files())
        .containsOnlyKeys("a.txt");
    assertThat(local("a.txt")).hasContent("a");
    assertNothingBeside();
  }

  private ArtifactDirectory publishOrFind(ArtifactWriter writer) throws IOException {
    try {
      return writer.publish(Map.of());
    } catch (TandemException | IOException e) {
      return ArtifactDirectory.reusable(hadoop, target, KIND, INPUTS, SETTINGS).orElse(null);
    }
  }

  @Test
  void badDataLeavesNothingBehind() throws IOException {
    assertThatThrownBy(
            () ->
                findOrWrite(
                    writer -> {
                      create(writer, "a.txt", 'a');
                      throw new TandemException(TandemException.Kind.BAD_DATA, "line 3");
                    }))
        .hasMessage("line 3");
    try (Stream<java.nio.file.Path> files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  private void assertNothingBeside() throws IOException {
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
