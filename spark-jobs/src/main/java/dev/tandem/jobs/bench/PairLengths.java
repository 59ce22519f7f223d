package dev.tandem.jobs.bench;

import dev.tandem.model.encoder.EncoderArchitecture;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * How long the texts of training steps are.
 *
 * @param name for a reader of the figures
 * @param origin where the lengths of passages come from
 * @param query tokens of every query
 * @param passages tokens of each passage, for step after step; after the last comes the first again
 */
record PairLengths(String name, String origin, int query, List<List<Integer>> passages) {

  /** The same for all passages. */
  static PairLengths equal(int pairs, int query, int passage) {
    return new PairLengths(
        "%d pairs of %d and %d tokens".formatted(pairs, query, passage),
        "one length",
        query,
        List.of(Collections.nCopies(pairs, passage)));
  }

  /**
   * Those of texts, in their order, as training draws pairs without regard to their length. Texts
   * that do not fill a step are left out, unless there are no others.
   *
   * @param atMost pairs of a step
   * @param passages lengths of texts, in tokens
   * @param origin where the texts come from
   */
  static PairLengths mixed(int atMost, int query, List<Integer> passages, String origin) {
    List<List<Integer>> steps = new ArrayList<>();
    int pairs = Math.min(atMost, passages.size());
    if (pairs < 1) {
      throw new IllegalArgumentException("there are no passages");
    }
    for (int from = 0; from + pairs <= passages.size(); from += pairs) {
      steps.add(List.copyOf(passages.subList(from, from + pairs)));
    }
    double mean = steps.stream().flatMap(List::stream).mapToInt(i -> i).average().orElseThrow();
    return new PairLengths(
        String.format(
            Locale.ROOT,
            "%d pairs of %d tokens and of mixed lengths (mean %.0f)",
            pairs,
            query,
            mean),
        origin,
        query,
        steps);
  }

  int pairs() {
    return passages.get(0).size();
  }

  int[][] randomQueries(EncoderArchitecture architecture, Random random) {
    return RandomWeights.texts(architecture, pairs(), query, random);
  }

  int[][] randomPassages(EncoderArchitecture architecture, int step, Random random) {
    List<Integer> lengths = passages.get(step % passages.size());
    return lengths.stream()
        .map(length -> RandomWeights.texts(architecture, 1, length, random)[0])
        .toArray(int[][]::new);
  }
}
