package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.encoder.Pooling;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A small encoder with random weights, and random texts for it. */
final class TinyModel {
  static final EncoderArchitecture ARCHITECTURE =
      new EncoderArchitecture(50, 16, 2, 2, 32, 24, 2, 1e-12);

  private TinyModel() {}

  static Tower tower(long seed, boolean normalize) {
    Random random = new Random(seed);
    float[] parameters = new float[(int) ParameterLayout.of(ARCHITECTURE).size()];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = (float) (0.3 * random.nextGaussian());
    }
    return Tower.copyOf(ARCHITECTURE, parameters, Pooling.MEAN, normalize, "auto", Compute.FLOAT32);
  }

  static List<TokenizedText> texts(String prefix, int count, long seed) {
    Random random = new Random(seed);
    List<TokenizedText> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] tokens = random.ints(2 + random.nextInt(20), 0, 50).toArray();
      texts.add(new TokenizedText(prefix + i, tokens));
    }
    return texts;
  }
}
