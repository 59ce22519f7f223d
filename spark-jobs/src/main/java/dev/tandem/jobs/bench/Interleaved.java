package dev.tandem.jobs.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Lets contenders do their work in turn, so that what disturbs the machine for a while disturbs all
 * of them alike. Every other repetition goes through them backwards, so that none always runs
 * behind the same other one.
 */
final class Interleaved {
  private final int warmup;
  private final int repetitions;
  private final Consumer<String> note;

  /**
   * A way to measure.
   *
   * @param warmup rounds that are not counted
   * @param repetitions rounds that are
   * @param note told how far it is
   */
  Interleaved(int warmup, int repetitions, Consumer<String> note) {
    this.warmup = warmup;
    this.repetitions = repetitions;
    this.note = note;
  }

  /**
   * What came out.
   *
   * @param samples the times of each contender that went through all repetitions
   * @param failures why others did not
   */
  record Outcome(Map<String, Sample> samples, Map<String, String> failures) {}

  /**
   * Measures.
   *
   * @param what shown as progress
   * @param contenders by name
   * @throws IOException if one fails for another reason than that its peer cannot go on
   */
  Outcome run(String what, Map<String, Contender> contenders) throws IOException {
    Map<String, List<Double>> times = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> times.put(name, new ArrayList<>()));
    Map<String, String> failures = new LinkedHashMap<>();
    for (int round = 0; round < warmup + repetitions; round++) {
      note.accept("%s, %d of %d".formatted(what, round + 1, warmup + repetitions));
      List<String> order = new ArrayList<>(times.keySet());
      if (round % 2 == 1) {
        Collections.reverse(order);
      }
      for (String name : order) {
        try {
          double seconds = contenders.get(name).run();
          if (round >= warmup) {
            times.get(name).add(seconds);
          }
        } catch (PeerException e) {
          failures.put(name, e.getMessage());
          times.remove(name);
        }
      }
    }
    Map<String, Sample> samples = new LinkedHashMap<>();
    times.forEach((name, seconds) -> samples.put(name, new Sample(seconds)));
    return new Outcome(samples, failures);
  }
}
