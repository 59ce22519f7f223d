package dev.tandem.jobs.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.artifact.FaultyFileSystem;
import dev.tandem.jobs.artifact.FaultyFileSystem.Operation;
import dev.tandem.jobs.train.averaging.FlatFloats;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Checkpoints whose writing was cut short. */
class CheckpointStoreTest {
  private static final String MANIFEST = "manifest.json";

  @TempDir Path directory;
  private final Configuration hadoop = FaultyFileSystem.configuration();

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  private CheckpointStore store() {
    return new CheckpointStore(
        hadoop, new org.apache.hadoop.fs.Path(directory.toUri()), Map.of("seed", "5"));
  }

  private void write(int step) throws IOException {
    CheckpointProgress progress = CheckpointProgress.begin().after(step, step * 4L, 1);
    FlatFloats numbers = FlatFloats.of(Nd4j.createFromArray((float) step, 2, 3));
    store()
        .write(
            new TrainingCheckpoint(progress, numbers, numbers, Map.of()),
            path -> {
              try (OutputStream out =
                  path.getFileSystem(hadoop)
                      .create(new org.apache.hadoop.fs.Path(path, "model.safetensors"))) {
                out.write(step);
              }
            });
  }

  private String latest() throws IOException {
    return store().latest().orElseThrow().path().getName();
  }

  /** What stands beside the others of the directory under names that are not hidden. */
  private List<String> visible() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    }
  }

  /** Renames to a checkpoint as object stores do: by copying, here some files, then the kill. */
  private static void killWhileCopying(Predicate<String> copied) {
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == Operation.RENAME && target.getName().startsWith("step-")) {
            Path from = Path.of(path.toUri().getPath());
            Path to = Files.createDirectory(Path.of(target.toUri().getPath()));
            try (Stream<Path> files = Files.list(from)) {
              for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (copied.test(file.getFileName().toString())) {
                  Files.copy(file, to.resolve(file.getFileName()));
                }
              }
            }
            throw new IOException("killed");
          }
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHalfCopiedOneIsNotTakenUpAndIsWrittenAgain(boolean manifestFirst) throws IOException {
    write(6);
    killWhileCopying(name -> name.contains(MANIFEST) == manifestFirst);
    assertThatThrownBy(() -> write(12)).hasMessage("killed");
    FaultyFileSystem.mend();
    assertThat(visible()).containsExactly("step-00000006", "step-00000012");

    assertThat(latest()).isEqualTo("step-00000006");
    write(12);
    assertThat(latest()).isEqualTo("step-00000012");
    TrainingCheckpoint read = store().read(store().latest().orElseThrow());
    INDArray numbers = Nd4j.zeros(3);
    read.parameters().copyTo(numbers);
    assertThat(numbers.toFloatVector()).containsExactly(12, 2, 3);
    assertThat(read.progress().step()).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"updater.f32", "model.safetensors", MANIFEST})
  void oneKilledWhileWrittenIsNotThere(String file) throws IOException {
    write(6);
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == Operation.CREATE && path.getName().equals(file)) {
            throw new IOException("killed");
          }
        });
    assertThatThrownBy(() -> write(12)).hasMessage("killed");
    FaultyFileSystem.mend();
    assertThat(latest()).isEqualTo("step-00000006");
    assertThat(visible()).containsExactly("step-00000006");
    write(12);
    assertThat(latest()).isEqualTo("step-00000012");
  }

  @Test
  void aHalfCopiedOneDoesNotPushOutCompleteOnes() throws IOException {
    write(6);
    killWhileCopying(name -> !name.contains(MANIFEST));
    assertThatThrownBy(() -> write(12)).hasMessage("killed");
    FaultyFileSystem.mend();
    // The run goes on from step 6 and writes checkpoints more often than before
    write(8);
    write(10);
    store().prune(2);
    assertThat(visible()).contains("step-00000010", "step-00000008");
    assertThat(visible()).doesNotContain("step-00000006");
    assertThat(latest()).isEqualTo("step-00000010");

    write(14);
    store().prune(1);
    assertThat(visible()).containsExactly("step-00000014");
  }

  @Test
  void keepsTheNewest() throws IOException {
    for (int step : Arrays.asList(2, 4, 100)) {
      write(step);
    }
    store().prune(2);
    assertThat(visible()).containsExactly("step-00000004", "step-00000100");
    store().prune(0);
    assertThat(visible()).containsExactly("step-00000100");
  }
}
