package dev.tandem.jobs.bench;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.ParameterLayout;
import java.util.Arrays;
import java.util.Random;

/** An encoder nobody has trained: its speed is that of a trained one of the same shape. */
final class RandomWeights {
  private static final float DEVIATION = 0.02f;

  private RandomWeights() {}

  /** Weights as BERT starts with: normal ones of deviation 0.02, LayerNorm's scales 1, biases 0. */
  static float[] of(EncoderArchitecture architecture, long seed) {
    ParameterLayout layout = ParameterLayout.of(architecture);
    Random random = new Random(seed);
    float[] weights = new float[Math.toIntExact(layout.size())];
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      int from = Math.toIntExact(tensor.offset());
      int to = Math.toIntExact(tensor.offset() + tensor.size());
      if (tensor.name().endsWith("LayerNorm.weight")) {
        Arrays.fill(weights, from, to, 1);
      } else if (!tensor.vector()) {
        for (int i = from; i < to; i++) {
          weights[i] = (float) (DEVIATION * random.nextGaussian());
        }
      }
    }
    return weights;
  }

  /** Texts of random tokens. */
  static int[][] texts(EncoderArchitecture architecture, int count, int length, Random random) {
    int[][] texts = new int[count][];
    for (int i = 0; i < count; i++) {
      texts[i] = random.ints(length, 0, architecture.vocabularySize()).toArray();
    }
    return texts;
  }
}
