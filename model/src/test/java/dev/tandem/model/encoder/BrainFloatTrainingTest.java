package dev.tandem.model.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** bfloat16 beside float32 on a whole encoder, and what it costs in memory. */
class BrainFloatTrainingTest {

  /** Widths and depth as of a small pretrained encoder. */
  private static final EncoderArchitecture ENCODER =
      new EncoderArchitecture(500, 192, 6, 6, 768, 130, 2, 1e-12);

  private final INDArray parameters =
      EncoderEngineContract.toArray(EncoderEngineContract.parameters(ENCODER));

  @BeforeAll
  static void cpuHasIt() {
    BrainFloat.assumePresent();
  }

  private static INDArray randoms(int rows, int columns) {
    Random random = new Random(9);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Nd4j.create(values, new long[] {rows, columns}, 'c');
  }

  private record Step(INDArray embeddings, INDArray gradient) {}

  private Step step(Compute compute, Pooling pooling, TokenBatch batch) {
    INDArray embeddings = Nd4j.create(batch.texts(), ENCODER.hiddenSize());
    INDArray gradient = Nd4j.create(1, parameters.length());
    try (EncoderEngine engine = EncoderEngines.create("cpu", ENCODER, pooling, compute)) {
      assertThat(engine.compute()).isEqualTo(compute);
      engine.forward(parameters, batch, embeddings);
      engine.backward(parameters, randoms(batch.texts(), ENCODER.hiddenSize()), gradient);
    }
    return new Step(embeddings, gradient);
  }

  @ParameterizedTest
  @EnumSource(
      value = Pooling.class,
      names = {"CLS", "MEAN"})
  void embeddingsAndGradientPointWhereThoseOfFloat32Do(Pooling pooling) {
    TokenBatch batch = EncoderEngineContract.batch(ENCODER, 130, 64, 33, 7, 128, 1);
    Step exact = step(Compute.FLOAT32, pooling, batch);
    Step rounded = step(Compute.BFLOAT16, pooling, batch);
    for (int text = 0; text < batch.texts(); text++) {
      assertThat(
              Transforms.cosineSim(
                  exact.embeddings().getRow(text), rounded.embeddings().getRow(text)))
          .isGreaterThan(0.9995);
    }
    assertThat(Transforms.cosineSim(exact.gradient(), rounded.gradient())).isGreaterThan(0.999);
    assertThat(rounded.gradient().norm2Number().doubleValue())
        .isBetween(
            0.99 * exact.gradient().norm2Number().doubleValue(),
            1.01 * exact.gradient().norm2Number().doubleValue());
  }

  @Test
  void memoryGrowsNoMoreOnceEveryShapeWasSeen() {
    INDArray gradient = Nd4j.create(1, parameters.length());
    INDArray epsilon = randoms(6, ENCODER.hiddenSize());
    INDArray embeddings = Nd4j.create(6, ENCODER.hiddenSize());
    try (EncoderEngine engine =
        EncoderEngines.create("cpu", ENCODER, Pooling.CLS, Compute.BFLOAT16)) {
      long before = 0;
      for (int round = 0; round < 4; round++) {
        for (int length = 1; length <= 50; length += 7) {
          TokenBatch batch =
              EncoderEngineContract.batch(ENCODER, 130, 130, length, length, 3 * length / 2, 9);
          engine.forward(parameters, batch, embeddings);
          engine.backward(parameters, epsilon, gradient);
          engine.encode(parameters, batch, embeddings);
        }
        if (round == 1) {
          before = Pointer.totalBytes();
        }
      }
      assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(before);
    }
  }

  @Test
  void aClosedEngineHasGivenItsMemoryBack() {
    step(Compute.BFLOAT16, Pooling.CLS, EncoderEngineContract.batch(ENCODER, 5));
    long before = Pointer.totalBytes();
    for (int i = 0; i < 3; i++) {
      TokenBatch batch = EncoderEngineContract.batch(ENCODER, 128, 128, 128, 17);
      try (EncoderEngine engine =
              EncoderEngines.create("cpu", ENCODER, Pooling.CLS, Compute.BFLOAT16);
          INDArray embeddings = Nd4j.create(4, ENCODER.hiddenSize())) {
        engine.forward(parameters, batch, embeddings);
      }
    }
    assertThat(Pointer.totalBytes() - before).isLessThan(1 << 20);
  }
}
