package dev.tandem.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol with peers, played by shell scripts, so that no Python is needed. */
class BenchPeerProcessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  /** An interpreter that ignores the script it is given. */
  private String shell(String body) throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a POSIX shell");
    Path file = directory.resolve("python");
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }

  private static PeerProcess start(String python, Duration patience) throws IOException {
    return PeerProcess.start(
        python, 3, Map.of("peer", "fake"), "# no code".getBytes(StandardCharsets.UTF_8), patience);
  }

  @Test
  void introducesItselfAndMeasuresWhenAsked() throws IOException {
    String python =
        shell(
            """
            read settings
            echo '{"ready": {"fake": "1.0", "threads": "'$OMP_NUM_THREADS'", "blas": ""}}'
            read request; echo '{"seconds": 0.5}'
            read request; echo '{"seconds": 0.25}'
            read request; echo '{"ids": [1, 2]}'
            """);
    try (PeerProcess peer = start(python, PATIENCE)) {
      assertThat(peer.versions()).isEqualTo(Map.of("fake", "1.0", "threads", "3"));
      assertThat(peer.measure("measure")).isEqualTo(0.5);
      assertThat(peer.measure("measure")).isEqualTo(0.25);
      assertThat(peer.check().path("ids").size()).isEqualTo(2);
    }
  }

  @Test
  void anInterpreterThatIsNotThereIsSaidSo() {
    assertThatThrownBy(() -> start("/nowhere/python3", PATIENCE))
        .isInstanceOf(PeerException.class)
        .hasMessage("bench.python = /nowhere/python3 does not start");
  }

  @Test
  void aLibraryThatIsNotThereIsSaidSo() throws IOException {
    String python = shell("read settings; echo '{\"unavailable\": \"there is no torch\"}'");
    assertThatThrownBy(() -> start(python, PATIENCE))
        .isInstanceOf(PeerException.class)
        .hasMessage("there is no torch");
  }

  @Test
  void aPeerThatEndsLeavesItsLastWords() throws IOException {
    String python =
        shell("read settings; echo '{\"ready\": {}}'; read request; echo 'out of memory' >&2");
    try (PeerProcess peer = start(python, PATIENCE)) {
      assertThatThrownBy(() -> peer.measure("measure"))
          .isInstanceOf(PeerException.class)
          .hasMessage("the peer ended: out of memory");
      assertThatThrownBy(() -> peer.measure("measure")).isInstanceOf(PeerException.class);
    }
  }

  @Test
  void aPeerThatCannotShowItsResultsKeepsItsTimes() throws IOException {
    String python =
        shell(
            """
            read settings; echo '{"ready": {"fake": "1.0"}}'
            read request; echo '{"seconds": 0.5}'
            read request; echo 'out of memory' >&2
            """);
    try (Peer peer = Peer.start(() -> start(python, PATIENCE))) {
      Map<String, Contender> contenders = new LinkedHashMap<>();
      contenders.put("tandem", () -> 1);
      peer.addTo(contenders);
      Interleaved.Outcome outcome = new Interleaved(0, 1, note -> {}).run("test", contenders);
      assertThat(peer.check()).isEmpty();
      PeerState state = peer.state("fake", outcome, PeerState.missing("fake", "not started"));
      assertThat(outcome.samples().get(Peer.NAME).median()).isEqualTo(0.5);
      assertThat(state.versions()).isEqualTo(Map.of("fake", "1.0"));
      assertThat(state.skipped())
          .isEqualTo("its results are not checked: the peer ended: out of memory");
    }
  }

  @Test
  void aPeerThatHangsIsGivenUp() throws IOException {
    String python = shell("read settings; echo '{\"ready\": {}}'; read request; exec sleep 60");
    try (PeerProcess peer = start(python, Duration.ofMillis(300))) {
      assertThatThrownBy(() -> peer.measure("measure"))
          .isInstanceOf(PeerException.class)
          .hasMessageContaining("did not answer");
    }
  }

  @Test
  void anAnswerThatIsNoTimeOrNoJsonIsSaidSo() throws IOException {
    String python =
        shell(
            """
            read settings; echo '{"ready": {}}'
            read request; echo '{}'
            read request; echo 'Hello'
            """);
    try (PeerProcess peer = start(python, PATIENCE)) {
      assertThatThrownBy(() -> peer.measure("measure"))
          .hasMessage("the peer answered without a time");
      assertThatThrownBy(() -> peer.measure("measure"))
          .isInstanceOf(PeerException.class)
          .hasMessageStartingWith("the peer answered with something else than JSON");
    }
  }

  @Test
  void theScriptItselfSaysWhatIsMissing() throws IOException, InterruptedException {
    assumeTrue(pythonThere(), "needs python3");
    // -S leaves out site-packages, so no library is there.
    String python = shell("exec python3 -I -S \"$@\"");
    for (String name : new String[] {"training", "search", "graph", "tokenization"}) {
      assertThatThrownBy(() -> PeerProcess.start(python, 1, Map.of("peer", name, "threads", 1)))
          .isInstanceOf(PeerException.class)
          .hasMessageContaining("cannot import");
    }
  }

  private static boolean pythonThere() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
