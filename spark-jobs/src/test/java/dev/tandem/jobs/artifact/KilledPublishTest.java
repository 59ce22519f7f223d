package dev.tandem.jobs.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publishing an artifact over an older one, killed before each of its steps in turn. */
class KilledPublishTest {
  private static final ArtifactKind KIND = new ArtifactKind("thing", 1);
  private static final String PART = "part-00000";
  private static final Map<String, Object> SETTINGS = Map.of();

  @TempDir java.nio.file.Path directory;
  private final Configuration hadoop = FaultyFileSystem.configuration();

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  @Test
  void aRunAfterItFindsTheArtifactDoneOrFinishesItFromItsParts() throws IOException {
    int kills = 0;
    boolean killed = true;
    boolean foundDone = false;
    boolean finished = false;
    for (int step = 0; killed; step++) {
      java.nio.file.Path place = Files.createDirectory(directory.resolve("step" + step));
      Path target = new Path(place.resolve("out").toUri());
      publish(begin(target, "old"), "old");
      ArtifactWriter writer = begin(target, "new");
      writePart(writer, "new");
      killed = isKilledAt(step, () -> publish(writer));
      kills += killed ? 1 : 0;

      var done = ArtifactDirectory.reusable(hadoop, target, KIND, inputs("new"), SETTINGS);
      foundDone |= killed && done.isPresent();
      if (done.isEmpty()) {
        ArtifactWriter again = begin(target, "new");
        assertThat(again.parts().finished(hadoop, PART)).as("part after step %d", step).isPresent();
        publish(again);
        finished = true;
        try (Stream<java.nio.file.Path> files = Files.list(place)) {
          assertThat(files.map(file -> file.getFileName().toString()))
              .as("left after step %d", step)
              .containsExactly("out");
        }
      }
      ArtifactDirectory there = ArtifactDirectory.open(hadoop, target, KIND);
      there.verifyChecksums(hadoop);
      assertThat(there.manifest().inputs()).as("step %d", step).isEqualTo(inputs("new"));
      assertThat(there.manifest().files()).as("step %d", step).containsOnlyKeys("a.bin", "b.txt");
      assertThat(place.resolve("out/a.bin")).hasContent("new");
    }
    // Manifest, two renames, and at least the markers and the old version to delete
    assertThat(kills).isGreaterThanOrEqualTo(5);
    assertThat(foundDone).isTrue();
    assertThat(finished).isTrue();
  }

  private interface Action {
    void run() throws IOException;
  }

  /** Runs an action with a kill before its n-th change of the file system. */
  private static boolean isKilledAt(int step, Action action) throws IOException {
    AtomicInteger operations = new AtomicInteger();
    IOException kill = new IOException("killed");
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operations.getAndIncrement() >= step) {
            throw kill;
          }
        });
    try {
      action.run();
      return false;
    } catch (IOException e) {
      assertThat(e).isSameAs(kill);
      return true;
    } finally {
      FaultyFileSystem.mend();
    }
  }

  private static Map<String, String> inputs(String content) {
    return Map.of("collection", content);
  }

  private ArtifactWriter begin(Path target, String content) throws IOException {
    return ArtifactWriter.begin(hadoop, target, KIND, inputs(content), SETTINGS);
  }

  private void writePart(ArtifactWriter writer, String content) throws IOException {
    try (PartWriter part = writer.parts().begin(hadoop, PART)) {
      try (OutputStream out = part.create("a.bin")) {
        out.write(content.getBytes(StandardCharsets.UTF_8));
      }
      part.commit(Map.of());
    }
  }

  private void publish(ArtifactWriter writer, String content) throws IOException {
    writePart(writer, content);
    publish(writer);
  }

  private static void publish(ArtifactWriter writer) throws IOException {
    try (OutputStream out = writer.create("b.txt")) {
      out.write('b');
    }
    writer.publish(Map.of());
  }
}
