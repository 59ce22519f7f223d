package dev.tandem.jobs.train;

import java.io.IOException;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** Measures a dual encoder on a validation set while it is trained. */
@FunctionalInterface
public interface Validation {
  /**
   * Encodes, searches and evaluates.
   *
   * @param network the dual encoder with the parameters to measure, not to be changed
   * @param step parameter updates so far
   * @return values by trec_eval measure name
   * @throws IOException where a file system fails
   */
  Map<String, Double> measure(ComputationGraph network, int step) throws IOException;
}
