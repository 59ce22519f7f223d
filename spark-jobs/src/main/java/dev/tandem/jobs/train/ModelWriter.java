package dev.tandem.jobs.train;

import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** Writes the towers of a dual encoder as models that other programs read. */
@FunctionalInterface
public interface ModelWriter {
  /**
   * Writes a model.
   *
   * @param network the dual encoder
   * @param step parameter updates so far
   * @param measures of these parameters; empty where they were not measured
   * @param directory where to; does not exist yet
   * @throws IOException where the file system fails
   */
  void write(ComputationGraph network, int step, Map<String, Double> measures, Path directory)
      throws IOException;
}
