package dev.tandem.jobs.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.artifact.FaultyFileSystem;
import dev.tandem.jobs.artifact.FaultyFileSystem.Operation;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a killed run leaves in its directory, and what the next one makes of it. */
class RunDirectoryTest {
  @TempDir Path directory;
  private final Configuration hadoop = FaultyFileSystem.configuration();

  @BeforeEach
  void writeAModel() throws IOException {
    RunDirectory run = run();
    run.begin(false);
    writeModel(run, "first");
  }

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  private RunDirectory run() throws IOException {
    return new RunDirectory(
        hadoop, new org.apache.hadoop.fs.Path(directory.resolve("run").toUri()), Map.of());
  }

  private RunDirectory resumed() throws IOException {
    RunDirectory run = run();
    run.begin(true);
    return run;
  }

  private void writeModel(RunDirectory run, String weights) throws IOException {
    run.writeModel(
        path -> {
          try (OutputStream out =
              path.getFileSystem(hadoop).create(new org.apache.hadoop.fs.Path(path, "weights"))) {
            out.write(weights.getBytes(StandardCharsets.UTF_8));
          }
        });
  }

  private Path weights() {
    return directory.resolve("run/model/weights");
  }

  /** A kill before the rename that puts the new file or directory in its place. */
  private static void killBeforeTheSecondRename(String name) {
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == Operation.RENAME && target.getName().equals(name)) {
            throw new IOException("killed");
          }
        });
  }

  @Test
  void aKillBetweenTheRenamesLeavesTheFormerModelToTheNextRun() throws IOException {
    RunDirectory killed = resumed();
    killBeforeTheSecondRename("model");
    assertThatThrownBy(() -> writeModel(killed, "second")).hasMessage("killed");
    FaultyFileSystem.mend();
    assertThat(weights()).as("the kill is where it hurts").doesNotExist();

    RunDirectory next = run();
    assertThat(next.begin(true)).isEmpty();
    assertThat(weights()).hasContent("first");
    writeModel(next, "third");
    assertThat(weights()).hasContent("third");
    try (Stream<Path> files = Files.list(directory.resolve("run"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> !name.contains("trainer"))
          .containsExactly("model");
    }
  }

  @Test
  void aKillAfterTheRenamesLeavesTheNewModel() throws IOException {
    RunDirectory killed = resumed();
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == Operation.DELETE && Files.exists(Path.of(path.toUri()))) {
            throw new IOException("killed");
          }
        });
    assertThatThrownBy(() -> writeModel(killed, "second")).hasMessage("killed");
    FaultyFileSystem.mend();
    assertThat(run().begin(true)).isEmpty();
    assertThat(weights()).hasContent("second");
  }

  @Test
  void aKillBetweenTheRenamesLeavesTheFormerLogToTheNextRun() throws IOException {
    TrainingLog log = run().log(0);
    log.validation(4, Map.of("map", 0.5), 1);
    log.flush();
    log.validation(8, Map.of("map", 0.6), 1);
    killBeforeTheSecondRename("training.jsonl");
    assertThatThrownBy(log::flush).hasMessage("killed");
    FaultyFileSystem.mend();

    RunDirectory next = run();
    next.begin(true);
    next.log(8).flush();
    assertThat(directory.resolve("run/training.jsonl"))
        .content()
        .contains("\"step\":4")
        .doesNotContain("\"step\":8");
  }
}
