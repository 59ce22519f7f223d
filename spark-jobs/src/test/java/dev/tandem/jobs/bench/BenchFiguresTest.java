package dev.tandem.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Samples, ratios, taking turns, and how figures are shown. */
class BenchFiguresTest {
  @Test
  void medianIsTheTimeInTheMiddle() {
    Sample odd = new Sample(List.of(9.0, 1.0, 2.0));
    assertThat(odd.median()).isEqualTo(2);
    assertThat(odd.fastest()).isEqualTo(1);
    assertThat(odd.slowest()).isEqualTo(9);
    assertThat(new Sample(List.of(4.0, 1.0, 2.0, 100.0)).median()).isEqualTo(3);
  }

  @Test
  void aSampleHasTimesAndTheyArePositive() {
    assertThatThrownBy(() -> new Sample(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a sample needs one time at least");
    for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new Sample(List.of(1.0, wrong)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a time must be a positive number, but is " + wrong);
    }
  }

  @Test
  void ratioIsAboveOneWhereTandemIsAhead() {
    // 64 pairs in 4 s are 16 a second, 32 in 4 s are 8.
    Comparison comparison =
        new Comparison("two workers", "pairs", side(64, 4), Optional.of(side(32, 4)));
    assertThat(comparison.ratio()).hasValue(2);
    assertThat(new Comparison("alone", "pairs", side(64, 4), Optional.empty()).ratio()).isEmpty();
  }

  @Test
  void aBenchmarksRatioIsTheGeometricMeanOfItsCases() {
    Comparison twice = new Comparison("a", "", side(1, 1), Optional.of(side(1, 2)));
    Comparison half = new Comparison("b", "", side(1, 4), Optional.of(side(1, 2)));
    Comparison alone = new Comparison("c", "", side(1, 4), Optional.empty());
    assertThat(result("x", false, List.of(twice, half, alone)).ratio().getAsDouble())
        .isCloseTo(1, within(1e-12));
    assertThat(result("x", false, List.of(alone)).ratio()).isEmpty();
  }

  private static Side side(double work, double seconds) {
    return new Side(work, new Sample(List.of(seconds)));
  }

  private static BenchmarkResult result(String name, boolean limit, List<Comparison> cases) {
    return new BenchmarkResult(
        name,
        PeerState.present("Peer", Map.of("peer", "1.2")),
        limit,
        cases,
        Map.of(),
        List.of("A note."));
  }

  @Test
  void contendersTakeTurnsBackAndForthAndWarmUpDoesNotCount() throws IOException {
    List<String> order = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Map<String, Contender> contenders = new LinkedHashMap<>();
    contenders.put("a", counting("a", order));
    contenders.put("b", counting("b", order));

    Interleaved.Outcome outcome = new Interleaved(1, 2, notes::add).run("turns", contenders);

    assertThat(order).containsExactly("a", "b", "b", "a", "a", "b");
    assertThat(outcome.samples().get("a").seconds()).containsExactly(4.0, 5.0);
    assertThat(outcome.samples().get("b").seconds()).containsExactly(3.0, 6.0);
    assertThat(outcome.failures()).isEmpty();
    assertThat(notes).containsExactly("turns, 1 of 3", "turns, 2 of 3", "turns, 3 of 3");
  }

  /** Takes as many seconds as contenders have run so far. */
  private static Contender counting(String name, List<String> order) {
    return () -> {
      order.add(name);
      return order.size();
    };
  }

  @Test
  void whereAPeerFailsTheOthersGoOn() throws IOException {
    Map<String, Contender> contenders = new LinkedHashMap<>();
    contenders.put("tandem", () -> 1);
    contenders.put(
        Peer.NAME,
        () -> {
          throw new PeerException("it ran out of memory");
        });

    Interleaved.Outcome outcome = new Interleaved(0, 3, note -> {}).run("x", contenders);

    assertThat(outcome.samples()).containsOnlyKeys("tandem");
    assertThat(outcome.samples().get("tandem").seconds()).hasSize(3);
    assertThat(outcome.failures()).containsExactly(Map.entry(Peer.NAME, "it ran out of memory"));
  }

  @Test
  void reportHasRatiosDetailsAndATable() {
    BenchmarkResult encode =
        result(
            "encode",
            false,
            List.of(new Comparison("32 texts", "texts", side(32, 0.5), Optional.of(side(32, 1)))));
    BenchmarkResult search =
        new BenchmarkResult(
            "search",
            PeerState.missing("faiss", "there is no faiss"),
            false,
            List.of(new Comparison("1000 queries", "queries", side(1000, 2), Optional.empty())),
            Map.of("vectors", 7),
            List.of());
    BenchmarkResult limit =
        result(
            "roofline",
            true,
            List.of(new Comparison("forward", "GFLOP", side(80, 1), Optional.of(side(100, 1)))));
    BenchReport report =
        new BenchReport(
            "2026-01-02T03:04:05Z",
            Map.of("cpu", "a processor"),
            Map.of("taken", "medians"),
            List.of(encode, search, limit));

    assertThat(report.ratios()).containsExactly(Map.entry("encode", 2.0));
    assertThat(report.skipped()).containsExactly(Map.entry("search", "faiss: there is no faiss"));
    assertThat(report.json()).containsKeys("ratios", "details", "skipped", "machine", "settings");
    assertThat(report.markdown())
        .contains("- cpu: a processor")
        .contains("- Peer: peer 1.2")
        .contains("- faiss skipped (search): there is no faiss")
        .contains("- measured: 2026-01-02T03:04:05Z, medians")
        .contains("| encode | 32 texts | 64.0 texts/s (500 ms) | 32.0 texts/s (1000 ms) | 2.00 |")
        .contains("| search | 1000 queries | 500 queries/s (2000 ms) | skipped |  |")
        .contains("| roofline | forward | 80.0 GFLOP/s (1000 ms) | 100 GFLOP/s (1000 ms) | 0.80 |");
  }

  @Test
  void processorIsReadFromLinux() {
    List<String> lines =
        List.of(
            "processor\t: 0",
            "model name\t: A processor",
            "flags\t\t: fpu avx2 amx_bf16 avx512f",
            "model name\t: another");
    assertThat(Machine.field(lines, "model name", "?")).isEqualTo("A processor");
    assertThat(Machine.flags(lines)).isEqualTo("avx2 avx512f amx_bf16");
    assertThat(Machine.field(List.of(), "model name", "aarch64")).isEqualTo("aarch64");
    assertThat(Machine.describe()).containsKeys("cpu", "cores", "memory", "jdk");
  }

  @Test
  void operationsOfAForwardPass() {
    // DESIGN: 32 texts of 128 tokens at MiniLM's shape are about 92e9 operations.
    double flop =
        EncoderWork.forward(
            new dev.tandem.model.encoder.EncoderArchitecture(
                30522, 384, 6, 12, 1536, 512, 2, 1e-12),
            32,
            128);
    assertThat(flop / 1e9).isCloseTo(92, within(1.0));
  }

  @Test
  void withoutOnnxRuntimeItSaysHowToGetIt() {
    assertThatThrownBy(() -> OnnxRuntime.require(ClassLoader.getPlatformClassLoader()))
        .isInstanceOf(PeerException.class)
        .hasMessageContaining("--packages com.microsoft.onnxruntime:onnxruntime");
  }
}
