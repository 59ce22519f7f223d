package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.prepare.PassageTokenizer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Encodes single queries in this process as the jobs on Spark encode many. Not thread-safe; holds
 * an engine until it is closed.
 */
public final class QueryEncoder implements AutoCloseable {
  private final PassageTokenizer tokenizer;
  private final Deque<TokenizedText> next = new ArrayDeque<>(1);
  private final TextEncoder encoder;

  /**
   * An encoder.
   *
   * @param model the model
   * @param prefix put before every query
   * @param maxLength longest query in tokens, start and end token included; what is longer is cut
   */
  public QueryEncoder(ConfiguredModel model, String prefix, int maxLength) {
    tokenizer = new PassageTokenizer(model.tokenizer(), prefix, maxLength);
    Iterator<TokenizedText> queries =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return !next.isEmpty();
          }

          @Override
          public TokenizedText next() {
            return next.remove();
          }
        };
    encoder = new TextEncoder(model.queryTower(), 1, queries, encoded -> {});
  }

  /**
   * The embedding of a query.
   *
   * @throws IllegalStateException if it is not finite
   */
  public float[] encode(String query) {
    next.add(
        tokenizer.tokenize(List.of(new TextRecord("query", query)).iterator()).next().tokens());
    return encoder.next().vectors();
  }

  @Override
  public void close() {
    encoder.close();
  }
}
