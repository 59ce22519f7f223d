package dev.tandem.model.encoder;

import static dev.tandem.model.encoder.EncoderEngineContract.SMALL;
import static dev.tandem.model.encoder.EncoderEngineContract.batch;
import static dev.tandem.model.encoder.EncoderEngineContract.parameters;
import static dev.tandem.model.encoder.EncoderEngineContract.toArray;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class EncoderEnginesTest {

  @ParameterizedTest
  @EnumSource(Pooling.class)
  void theEnginesAgreeInEmbeddingsAndGradients(Pooling pooling) {
    INDArray parameters = toArray(parameters(SMALL));
    TokenBatch batch = batch(SMALL, 33, 1, 70, 16);
    INDArray epsilon = Nd4j.rand(batch.texts(), SMALL.hiddenSize()).subi(0.5);
    INDArray[] embeddings = new INDArray[2];
    INDArray[] gradients = new INDArray[2];
    String[] kinds = {EncoderEngines.CPU, EncoderEngines.ND4J};
    for (int i = 0; i < kinds.length; i++) {
      embeddings[i] = Nd4j.create(batch.texts(), SMALL.hiddenSize());
      gradients[i] = Nd4j.create(1, parameters.length());
      try (EncoderEngine engine =
          EncoderEngines.create(kinds[i], SMALL, pooling, Compute.FLOAT32)) {
        engine.forward(parameters, batch, embeddings[i]);
        engine.backward(parameters, epsilon, gradients[i]);
      }
    }
    assertThat(embeddings[0].equalsWithEps(embeddings[1], 1e-4)).isTrue();
    assertThat(gradients[0].maxNumber().doubleValue()).isGreaterThan(0.01);
    assertThat(gradients[0].equalsWithEps(gradients[1], 1e-4)).isTrue();
  }

  @Test
  void kindsHaveTheirEngines() {
    assertThat(EncoderEngines.create("auto", SMALL, Pooling.CLS, Compute.FLOAT32))
        .isInstanceOf(CpuEncoderEngine.class);
    assertThat(EncoderEngines.create("cpu", SMALL, Pooling.CLS, Compute.FLOAT32))
        .isInstanceOf(CpuEncoderEngine.class);
    EncoderEngine portable = EncoderEngines.create("nd4j", SMALL, Pooling.MAX, Compute.FLOAT32);
    assertThat(portable).isInstanceOf(Nd4jEncoderEngine.class);
    assertThat(portable.architecture()).isEqualTo(SMALL);
    assertThat(portable.pooling()).isEqualTo(Pooling.MAX);
    assertThatThrownBy(() -> EncoderEngines.create("tpu", SMALL, Pooling.CLS, Compute.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'tpu'")
        .hasMessageContaining("auto, cpu and nd4j");
  }
}
