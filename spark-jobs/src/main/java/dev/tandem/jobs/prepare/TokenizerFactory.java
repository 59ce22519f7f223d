package dev.tandem.jobs.prepare;

import dev.tandem.model.tokenize.TextTokenizer;
import java.io.IOException;
import java.io.Serializable;

/** Builds a tokenizer from its definition, on the driver and on executors. */
@FunctionalInterface
public interface TokenizerFactory extends Serializable {

  /**
   * A tokenizer.
   *
   * @param definition the bytes of a {@code tokenizer.json}
   * @throws IOException where they do not define a tokenizer
   */
  TextTokenizer create(byte[] definition) throws IOException;
}
