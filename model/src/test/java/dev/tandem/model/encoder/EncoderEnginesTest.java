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

  @Test
  void bfloat16WithoutACpuForItIsFloat32() {
    assertThat(EncoderEngines.effective(Compute.BFLOAT16, BrainFloatSupport.NONE))
        .isEqualTo(Compute.FLOAT32);
    assertThat(EncoderEngines.effective(Compute.BFLOAT16, BrainFloatSupport.VECTORS))
        .isEqualTo(Compute.BFLOAT16);
    assertThat(EncoderEngines.effective(Compute.FLOAT32, BrainFloatSupport.TILES))
        .isEqualTo(Compute.FLOAT32);
    try (EncoderEngine portable =
        EncoderEngines.create("nd4j", SMALL, Pooling.CLS, Compute.BFLOAT16)) {
      assertThat(portable.compute()).isEqualTo(Compute.FLOAT32);
    }
  }

  @Test
  void autoTrainsInWhatTheCpuIsFastAtAndEncodesInFloat32() {
    Compute possible =
        BrainFloatSupport.here() == BrainFloatSupport.NONE ? Compute.FLOAT32 : Compute.BFLOAT16;
    assertThat(EncoderEngines.trainingCompute("cpu", "auto"))
        .isEqualTo(BrainFloatGain.trainIn(BrainFloatGain.here()));
    assertThat(EncoderEngines.trainingCompute("cpu", "bfloat16")).isEqualTo(possible);
    assertThat(EncoderEngines.trainingCompute("cpu", "float32")).isEqualTo(Compute.FLOAT32);
    assertThat(EncoderEngines.trainingCompute("nd4j", "auto")).isEqualTo(Compute.FLOAT32);
    assertThat(EncoderEngines.encodingCompute("cpu", "auto")).isEqualTo(Compute.FLOAT32);
    assertThat(EncoderEngines.encodingCompute("cpu", "bfloat16")).isEqualTo(possible);
    assertThatThrownBy(() -> EncoderEngines.encodingCompute("cpu", "int8"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'int8'")
        .hasMessageContaining("float32 and bfloat16");
  }

  @Test
  void instructionsForBfloat16AreTakenWhereTheyPay() {
    assertThat(BrainFloatGain.trainIn(0)).isEqualTo(Compute.FLOAT32);
    assertThat(BrainFloatGain.trainIn(0.4)).isEqualTo(Compute.FLOAT32);
    assertThat(BrainFloatGain.trainIn(1.1)).isEqualTo(Compute.FLOAT32);
    assertThat(BrainFloatGain.trainIn(1.8)).isEqualTo(Compute.BFLOAT16);
    if (BrainFloatSupport.here() == BrainFloatSupport.TILES) {
      assertThat(BrainFloatGain.trainIn(BrainFloatGain.here())).isEqualTo(Compute.BFLOAT16);
    }
    assertThat(BrainFloatGain.here() > 0)
        .isEqualTo(BrainFloatSupport.here() != BrainFloatSupport.NONE);
  }

  @Test
  void instructionSetsAreReadAsOneDnnNumbersThem() {
    assertThat(BrainFloatSupport.of(0x0)).isEqualTo(BrainFloatSupport.NONE);
    assertThat(BrainFloatSupport.of(0x67)).isEqualTo(BrainFloatSupport.NONE);
    assertThat(BrainFloatSupport.of(0x407)).isEqualTo(BrainFloatSupport.NONE);
    assertThat(BrainFloatSupport.of(0xe7)).isEqualTo(BrainFloatSupport.VECTORS);
    assertThat(BrainFloatSupport.of(0x3e7)).isEqualTo(BrainFloatSupport.TILES);
  }
}
