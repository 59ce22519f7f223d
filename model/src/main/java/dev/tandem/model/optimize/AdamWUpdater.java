package dev.tandem.model.optimize;

import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * The state of {@link AdamW} and its step. Float32 in host memory goes through {@link AdamKernel};
 * everything else through ND4J's Adam operation, with an epsilon that gives the same result.
 */
final class AdamWUpdater implements GradientUpdater<AdamW> {
  private static final String MEAN = "M";
  private static final String SQUARE = "V";

  private final AdamW config;
  private INDArray mean;
  private INDArray square;

  AdamWUpdater(AdamW config) {
    this.config = config;
  }

  @Override
  public AdamW getConfig() {
    return config;
  }

  @Override
  public void setState(Map<String, INDArray> state, boolean initialize) {
    if (!state.keySet().equals(Set.of(MEAN, SQUARE))) {
      throw new IllegalArgumentException(
          "the state of AdamW is M and V, but there are " + state.keySet());
    }
    mean = state.get(MEAN);
    square = state.get(SQUARE);
    if (initialize) {
      mean.assign(0);
      square.assign(0);
    }
  }

  @Override
  public Map<String, INDArray> getState() {
    return Map.of(MEAN, mean, SQUARE, square);
  }

  @Override
  public void setStateViewArray(
      INDArray viewArray, long[] gradientShape, char gradientOrder, boolean initialize) {
    INDArray state = viewArray.reshape(viewArray.length());
    if (initialize) {
      state.assign(0);
    }
    long half = state.length() / 2;
    mean = state.get(NDArrayIndex.interval(0, half));
    square = state.get(NDArrayIndex.interval(half, 2 * half));
  }

  @Override
  public void applyUpdater(INDArray gradient, int iteration, int epoch) {
    if (mean == null) {
      throw new IllegalStateException("the updater has no state yet");
    }
    double rate = config.getLearningRate(iteration, epoch);
    double rootCorrection = Math.sqrt(1 - Math.pow(config.getBeta2(), iteration + 1.0));
    if (HostFloats.supports(gradient) && HostFloats.supports(mean) && HostFloats.supports(square)) {
      double meanCorrection = 1 - Math.pow(config.getBeta1(), iteration + 1.0);
      AdamKernel kernel =
          new AdamKernel(
              config.getBeta1(),
              config.getBeta2(),
              rate * rootCorrection / meanCorrection,
              config.getEpsilon() * rootCorrection);
      kernel.apply(gradient, mean, square);
    } else {
      Nd4j.exec(
          new AdamUpdater(
              gradient.reshape(mean.shape()),
              square,
              mean,
              rate,
              config.getBeta1(),
              config.getBeta2(),
              config.getEpsilon() * rootCorrection,
              iteration));
    }
  }
}
