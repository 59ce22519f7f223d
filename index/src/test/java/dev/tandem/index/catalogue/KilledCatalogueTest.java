package dev.tandem.index.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Building, publishing, rolling back and pruning, killed before each change of the files. */
class KilledCatalogueTest {

  // A half-written publication is taken for abandoned at once: nobody else is at work here.
  private static final CatalogueTimes TIMES =
      new CatalogueTimes(Duration.ofMinutes(10), Duration.ZERO, Duration.ZERO);

  @TempDir java.nio.file.Path directory;

  private interface Work {
    void run(IndexCatalogue catalogue, FileSystem fileSystem) throws IOException;
  }

  /** What a kill may leave, and what a second run must make of it. */
  private interface Check {
    void check(int step, IndexCatalogue catalogue, FileSystem fileSystem) throws IOException;
  }

  private static FileSystem healthy() throws IOException {
    return PlainFileSystem.open();
  }

  private static IndexCatalogue catalogue(
      FileSystem fileSystem, java.nio.file.Path place, ExclusiveFile.Means means) {
    return new IndexCatalogue(fileSystem, new Path(place.toUri()), TIMES, means);
  }

  /** Does the work killed at every step, on a new index each time; returns the number of kills. */
  private int killEverywhere(ExclusiveFile.Means means, Work before, Work work, Check after)
      throws IOException {
    for (int step = 0; ; step++) {
      java.nio.file.Path place = Files.createDirectory(directory.resolve("step" + step));
      IndexCatalogue catalogue = catalogue(healthy(), place, means);
      before.run(catalogue, healthy());
      KilledFileSystem mortal = KilledFileSystem.after(step);
      try {
        work.run(catalogue(mortal, place, means), mortal);
      } catch (KilledFileSystem.Killed e) {
        assertThat(mortal.isKilled()).isTrue();
      }
      after.check(step, catalogue, healthy());
      if (!mortal.isKilled()) {
        return step;
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ExclusiveFile.Means.class)
  void buildingAndPublishing(ExclusiveFile.Means means) throws IOException {
    List<String> served = new ArrayList<>();
    int kills =
        killEverywhere(
            means,
            (catalogue, files) -> Versions.publish(catalogue, files, "old"),
            (catalogue, files) -> Versions.publish(catalogue, files, "new"),
            (step, catalogue, files) -> {
              served.add(Versions.served(catalogue, files));
              Versions.publish(catalogue, files, "new");
              assertThat(Versions.served(catalogue, files)).as("step %d", step).isEqualTo("new");
              assertThat(catalogue.history()).hasSize(2);
            });
    // Lease, draft, file, manifest, publication, CURRENT, and the end of the lease.
    assertThat(kills).isGreaterThan(12);
    int change = served.indexOf("new");
    assertThat(change).isPositive();
    assertThat(served.subList(0, change)).containsOnly("old");
    assertThat(served.subList(change, served.size())).containsOnly("new");
  }

  @ParameterizedTest
  @EnumSource(ExclusiveFile.Means.class)
  void publishingTheFirstVersion(ExclusiveFile.Means means) throws IOException {
    Set<Boolean> there = new HashSet<>();
    killEverywhere(
        means,
        (catalogue, files) -> {},
        (catalogue, files) -> Versions.publish(catalogue, files, "new"),
        (step, catalogue, files) -> {
          there.add(catalogue.current().isPresent());
          Versions.publish(catalogue, files, "new");
          assertThat(Versions.served(catalogue, files)).isEqualTo("new");
        });
    assertThat(there).containsExactlyInAnyOrder(true, false);
  }

  @ParameterizedTest
  @EnumSource(ExclusiveFile.Means.class)
  void rollingBack(ExclusiveFile.Means means) throws IOException {
    Set<String> served = new HashSet<>();
    int kills =
        killEverywhere(
            means,
            (catalogue, files) -> {
              Versions.publish(catalogue, files, "old");
              Versions.publish(catalogue, files, "new");
            },
            (catalogue, files) -> catalogue.rollback(Optional.empty()),
            (step, catalogue, files) -> {
              served.add(Versions.served(catalogue, files));
              catalogue.rollback(Optional.of(catalogue.history().get(0).version()));
              assertThat(Versions.served(catalogue, files)).as("step %d", step).isEqualTo("old");
            });
    assertThat(kills).isGreaterThan(5);
    assertThat(served).containsExactlyInAnyOrder("old", "new");
  }

  @ParameterizedTest
  @EnumSource(ExclusiveFile.Means.class)
  void pruning(ExclusiveFile.Means means) throws IOException {
    Set<Integer> left = new HashSet<>();
    int kills =
        killEverywhere(
            means,
            (catalogue, files) -> {
              Versions.publish(catalogue, files, "one");
              Versions.publish(catalogue, files, "two");
              Versions.publish(catalogue, files, "three");
            },
            (catalogue, files) -> catalogue.prune(1),
            (step, catalogue, files) -> {
              assertThat(Versions.served(catalogue, files)).as("step %d", step).isEqualTo("three");
              left.add(catalogue.list().size());
              for (VersionState version : catalogue.list()) {
                // Whole, being deleted, or without manifest; nothing that looks whole and is not.
                assertThat(version.state()).isNotEqualTo(VersionState.State.DAMAGED);
              }
              catalogue.prune(1);
              assertThat(catalogue.list())
                  .as("after step %d and another run", step)
                  .extracting(VersionState::state)
                  .containsExactly(VersionState.State.CURRENT);
            });
    assertThat(kills).isGreaterThan(10);
    assertThat(left).containsExactlyInAnyOrder(1, 2, 3);
  }
}
