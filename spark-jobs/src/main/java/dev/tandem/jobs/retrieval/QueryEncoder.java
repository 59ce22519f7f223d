package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.prepare.PassageTokenizer;
import java.util.List;

/**
 * Encodes single queries in this process as the jobs on Spark encode many. Not thread-safe; holds
 * an engine until it is closed.
 */
public final class QueryEncoder implements AutoCloseable {
  private final PassageTokenizer tokenizer;
  private final WindowEncoder encoder;

  /**
   * An encoder.
   *
   * @param model the model
   * @param prefix put before every query
   * @param maxLength longest query in tokens, start and end token included; what is longer is cut
   */
  public QueryEncoder(ConfiguredModel model, String prefix, int maxLength) {
    tokenizer = new PassageTokenizer(model.tokenizer(), prefix, maxLength);
    encoder = new WindowEncoder(model.queryTower(), 1, encoded -> {});
  }

  /**
   * The embedding of a query.
   *
   * @throws IllegalStateException if it is not finite
   */
  public float[] encode(String query) {
    TextRecord record = new TextRecord("query", query);
    TokenizedText tokens = tokenizer.tokenize(List.of(record).iterator()).next().tokens();
    return encoder.encode(List.of(tokens)).vectors();
  }

  @Override
  public void close() {
    encoder.close();
  }
}
