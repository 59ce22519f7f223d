package dev.tandem.jobs.train.averaging;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;

/** The learning rate that a graph's updater takes. */
public final class LearningRate {
  private LearningRate() {}

  /**
   * The rate of the first layer that has parameters; NaN where its updater has none.
   *
   * @param iteration updates before this one
   * @param epoch from 0
   */
  public static double at(ComputationGraphConfiguration graph, int iteration, int epoch) {
    for (GraphVertex vertex : graph.getVertices().values()) {
      if (vertex instanceof LayerVertex layer
          && layer.getLayerConf().getLayer() instanceof BaseLayer withParameters
          && withParameters.getIUpdater() != null) {
        return withParameters.getIUpdater().getLearningRate(iteration, epoch);
      }
    }
    return Double.NaN;
  }
}
