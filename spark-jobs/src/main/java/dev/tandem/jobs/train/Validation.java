package dev.tandem.jobs.train;

import dev.tandem.jobs.train.averaging.FlatFloats;
import java.io.IOException;
import java.util.Map;

/** Measures parameters on a validation set. */
@FunctionalInterface
public interface Validation {
  /**
   * Encodes, searches and evaluates.
   *
   * @param parameters the flat view of all parameters of the dual encoder
   * @return values by trec_eval measure name
   * @throws IOException where a file system fails
   */
  Map<String, Double> measure(FlatFloats parameters) throws IOException;
}
