package dev.tandem.jobs.train.sampling;

import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.data.TrainingExample;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The queries and passages of a part of a step, as plain arrays, which serialize fast.
 *
 * @param queries token ids of B queries
 * @param passages token ids of N passages: the B positives in the order of the queries, then the
 *     hard negatives
 * @param passageIds the ids of these passages
 * @param knownPositives for each query the ids of all its relevant passages
 */
@SuppressWarnings("ArrayRecordComponent") // bulk data, moved and not compared
public record Minibatch(
    int[][] queries, int[][] passages, String[] passageIds, String[][] knownPositives)
    implements Serializable {

  public Minibatch {
    if (knownPositives.length != queries.length
        || passageIds.length != passages.length
        || passages.length < queries.length) {
      throw new IllegalArgumentException(
          "%d queries with known positives of %d and %d passages with %d ids do not fit"
              .formatted(
                  queries.length, knownPositives.length, passages.length, passageIds.length));
    }
  }

  /**
   * The minibatch of some examples.
   *
   * @param hardNegatives hard negatives taken of each example; of those that have more, which ones
   *     is a function of {@code key} and the example's index
   * @param key differs from epoch to epoch, so that all hard negatives get their turn
   */
  static Minibatch of(List<TrainingExample> examples, int hardNegatives, long key) {
    List<TokenizedText> passages = new ArrayList<>();
    examples.forEach(example -> passages.add(example.positive()));
    for (TrainingExample example : examples) {
      passages.addAll(choose(example, hardNegatives, key));
    }
    return new Minibatch(
        examples.stream().map(e -> e.query().tokens()).toArray(int[][]::new),
        passages.stream().map(TokenizedText::tokens).toArray(int[][]::new),
        passages.stream().map(TokenizedText::id).toArray(String[]::new),
        examples.stream()
            .map(e -> e.knownPositives().toArray(String[]::new))
            .toArray(String[][]::new));
  }

  private static List<TokenizedText> choose(TrainingExample example, int count, long key) {
    List<TokenizedText> all = example.hardNegatives();
    if (all.size() <= count) {
      return all;
    }
    KeyedPermutation order =
        new KeyedPermutation(all.size(), KeyedPermutation.mix(key ^ example.index()));
    TokenizedText[] shuffled = new TokenizedText[all.size()];
    for (int i = 0; i < all.size(); i++) {
      shuffled[(int) order.apply(i)] = all.get(i);
    }
    return Arrays.asList(shuffled).subList(0, count);
  }

  /** Number of query-passage pairs. */
  public int pairs() {
    return queries.length;
  }
}
