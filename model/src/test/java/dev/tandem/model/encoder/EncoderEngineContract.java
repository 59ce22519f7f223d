package dev.tandem.model.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What every {@link EncoderEngine} must do; a subclass names the engine. */
abstract class EncoderEngineContract {

  /** Small enough for central differences over every parameter; widths that no vector divides. */
  static final EncoderArchitecture TINY = new EncoderArchitecture(11, 12, 2, 2, 20, 9, 2, 1e-12);

  /** Wide enough that vector loops run, with a remainder. */
  static final EncoderArchitecture SMALL = new EncoderArchitecture(50, 72, 3, 3, 150, 70, 2, 1e-12);

  abstract EncoderEngine engine(EncoderArchitecture architecture, Pooling pooling);

  /** How far an embedding's values, of size one, may be off. */
  double tolerance() {
    return 2e-5;
  }

  /** Whether a small change of token representations changes the gradient by little. */
  boolean smoothGradient(Pooling pooling) {
    return true;
  }

  /** How far a gradient may be off: by so much, and by so much of its size. */
  double gradientTolerance() {
    return 1e-4;
  }

  @ParameterizedTest
  @EnumSource(Pooling.class)
  void embeddingsAgreeWithTheReference(Pooling pooling) {
    double[] parameters = parameters(SMALL);
    TokenBatch batch = batch(SMALL, 1, 2, 15, 16, 17, 70, 1, 33);
    double[][] expected = new ReferenceEncoder(SMALL, pooling).encode(parameters, batch);
    try (EncoderEngine engine = engine(SMALL, pooling)) {
      INDArray encoded = Nd4j.create(batch.texts(), SMALL.hiddenSize());
      engine.encode(toArray(parameters), batch, encoded);
      assertClose(encoded, expected, tolerance());
      INDArray forward = Nd4j.create(batch.texts(), SMALL.hiddenSize());
      engine.forward(toArray(parameters), batch, forward);
      assertClose(forward, expected, tolerance());
    }
  }

  @ParameterizedTest
  @EnumSource(Pooling.class)
  void gradientAgreesWithCentralDifferences(Pooling pooling) {
    assumeTrue(
        smoothGradient(pooling), "at this precision another token may be the largest of a text");
    double[] parameters = parameters(TINY);
    TokenBatch batch = batch(TINY, 3, 1, 9, 5, 1);
    double[][] weights = new double[batch.texts()][TINY.hiddenSize()];
    Random random = new Random(5);
    for (double[] row : weights) {
      for (int i = 0; i < row.length; i++) {
        row[i] = random.nextGaussian();
      }
    }
    double[] expected =
        new ReferenceEncoder(TINY, pooling)
            .gradient(parameters, batch, embeddings -> weightedSum(embeddings, weights));

    try (EncoderEngine engine = engine(TINY, pooling)) {
      INDArray gradient = Nd4j.valueArrayOf(new long[] {1, expected.length}, 77f);
      engine.forward(toArray(parameters), batch, Nd4j.create(batch.texts(), TINY.hiddenSize()));
      engine.backward(
          toArray(parameters), Nd4j.create(weights).castTo(gradient.dataType()), gradient);
      float[] actual = gradient.data().asFloat();
      for (ParameterLayout.Tensor tensor : ParameterLayout.of(TINY).tensors()) {
        for (int i = (int) tensor.offset(); i < tensor.offset() + tensor.size(); i++) {
          assertThat((double) actual[i])
              .as("%s[%d]", tensor.name(), i - tensor.offset())
              .isCloseTo(expected[i], offset(gradientTolerance() * (1 + Math.abs(expected[i]))));
        }
      }
    }
  }

  @Test
  void memoryIsReusedForSmallerAndLargerBatches() {
    double[] parameters = parameters(SMALL);
    ReferenceEncoder reference = new ReferenceEncoder(SMALL, Pooling.MEAN);
    try (EncoderEngine engine = engine(SMALL, Pooling.MEAN)) {
      for (TokenBatch batch :
          List.of(batch(SMALL, 5, 7), batch(SMALL, 50, 60, 3), batch(SMALL, 4))) {
        INDArray encoded = Nd4j.create(batch.texts(), SMALL.hiddenSize());
        engine.forward(toArray(parameters), batch, encoded);
        assertClose(encoded, reference.encode(parameters, batch), tolerance());
        engine.encode(toArray(parameters), batch, encoded);
        assertClose(encoded, reference.encode(parameters, batch), tolerance());
      }
    }
  }

  @Test
  void viewsIntoLargerArraysAreReadAndWrittenInPlace() {
    double[] parameters = parameters(TINY);
    TokenBatch batch = batch(TINY, 4, 2);
    int size = parameters.length;
    INDArray all = Nd4j.zeros(1, size + 10);
    INDArray view = all.get(NDArrayIndex.all(), NDArrayIndex.interval(7, 7 + size));
    view.assign(toArray(parameters));
    INDArray output = Nd4j.zeros(batch.texts() + 2, TINY.hiddenSize());
    try (EncoderEngine engine = engine(TINY, Pooling.CLS)) {
      INDArray rows = output.get(NDArrayIndex.interval(1, 1 + batch.texts()), NDArrayIndex.all());
      engine.forward(view, batch, rows);
      assertClose(
          rows, new ReferenceEncoder(TINY, Pooling.CLS).encode(parameters, batch), tolerance());
      assertThat(output.getRow(0).sumNumber().doubleValue()).isZero();
      assertThat(output.getRow(batch.texts() + 1L).sumNumber().doubleValue()).isZero();

      INDArray gradients = Nd4j.zeros(1, size + 10);
      engine.backward(
          view,
          Nd4j.ones(batch.texts(), TINY.hiddenSize()),
          gradients.get(NDArrayIndex.all(), NDArrayIndex.interval(7, 7 + size)));
      assertThat(
              gradients
                  .get(NDArrayIndex.all(), NDArrayIndex.interval(0, 7))
                  .sumNumber()
                  .doubleValue())
          .isZero();
      assertThat(
              gradients
                  .get(NDArrayIndex.all(), NDArrayIndex.interval(7 + size, size + 10))
                  .sumNumber()
                  .doubleValue())
          .isZero();
    }
  }

  @Test
  void wordsThatDoNotOccurGetNoGradientEvenAfterABatchThatHadThem() {
    INDArray parameters = toArray(parameters(TINY));
    INDArray gradient = Nd4j.zeros(1, parameters.length());
    TokenBatch first = TokenBatch.of(List.of(new int[] {1, 2, 3}, new int[] {2}));
    TokenBatch second = TokenBatch.of(List.of(new int[] {4, 5}, new int[] {4}));
    INDArray embeddings = Nd4j.create(2, TINY.hiddenSize());
    INDArray epsilon = Nd4j.rand(2, TINY.hiddenSize());
    try (EncoderEngine engine = engine(TINY, Pooling.MEAN)) {
      for (TokenBatch batch : List.of(first, second)) {
        engine.forward(parameters, batch, embeddings);
        engine.backward(parameters, epsilon, gradient);
      }
    }
    float[] words = gradient.data().asFloat();
    for (int word = 0; word < TINY.vocabularySize(); word++) {
      double size = 0;
      for (int i = 0; i < TINY.hiddenSize(); i++) {
        size += Math.abs(words[word * TINY.hiddenSize() + i]);
      }
      if (word == 4 || word == 5) {
        assertThat(size).as("word %d", word).isPositive();
      } else {
        assertThat(size).as("word %d", word).isZero();
      }
    }
  }

  @Test
  void parametersThatChangeInPlaceAreReadAnew() {
    double[] first = parameters(SMALL);
    double[] second = first.clone();
    for (int i = 0; i < second.length; i++) {
      second[i] = (float) (0.9 * second[i]);
    }
    TokenBatch batch = batch(SMALL, 5, 7);
    ReferenceEncoder reference = new ReferenceEncoder(SMALL, Pooling.MEAN);
    double[][] before = reference.encode(first, batch);
    double[][] after = reference.encode(second, batch);
    INDArray parameters = toArray(first);
    INDArray encoded = Nd4j.create(batch.texts(), SMALL.hiddenSize());
    try (EncoderEngine engine = engine(SMALL, Pooling.MEAN)) {
      engine.encode(parameters, batch, encoded);
      assertClose(encoded, before, tolerance());
      parameters.assign(toArray(second));
      engine.encode(parameters, batch, encoded);
      assertClose(encoded, after, tolerance());
      engine.forward(parameters, batch, encoded);
      assertClose(encoded, after, tolerance());
    }
  }

  @Test
  void heldParametersGiveTheSameAndOthersAreReadBesideThem() {
    double[] held = parameters(SMALL);
    double[] other = held.clone();
    for (int i = 0; i < other.length; i++) {
      other[i] = (float) (0.9 * other[i]);
    }
    TokenBatch batch = batch(SMALL, 5, 7);
    ReferenceEncoder reference = new ReferenceEncoder(SMALL, Pooling.MEAN);
    double[][] ofHeld = reference.encode(held, batch);
    double[][] ofOther = reference.encode(other, batch);
    INDArray parameters = toArray(held);
    INDArray encoded = Nd4j.create(batch.texts(), SMALL.hiddenSize());
    try (EncoderEngine engine = engine(SMALL, Pooling.MEAN)) {
      engine.hold(parameters);
      for (int i = 0; i < 2; i++) {
        engine.encode(parameters, batch, encoded);
        assertClose(encoded, ofHeld, tolerance());
        engine.encode(parameters, batch, encoded);
        assertClose(encoded, ofHeld, tolerance());
        engine.encode(toArray(other), batch, encoded);
        assertClose(encoded, ofOther, tolerance());
      }
      engine.release();
      parameters.assign(toArray(other));
      engine.encode(parameters, batch, encoded);
      assertClose(encoded, ofOther, tolerance());
      engine.hold(parameters);
      engine.encode(parameters, batch, encoded);
      engine.release();
      parameters.assign(toArray(held));
      engine.hold(parameters);
      engine.encode(parameters, batch, encoded);
      assertClose(encoded, ofHeld, tolerance());
    }
  }

  @Test
  void badInputIsRefusedWithWhatIsWrong() {
    INDArray parameters = toArray(parameters(TINY));
    INDArray one = Nd4j.create(1, TINY.hiddenSize());
    try (EncoderEngine engine = engine(TINY, Pooling.CLS)) {
      assertThatThrownBy(
              () -> engine.encode(parameters, TokenBatch.of(List.of(new int[] {3, 11})), one))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("token id 11")
          .hasMessageContaining("vocabulary of 11");
      assertThatThrownBy(() -> engine.forward(parameters, TokenBatch.of(List.of(new int[10])), one))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("text 0 has 10 tokens")
          .hasMessageContaining("positions for 9");
      assertThatThrownBy(
              () -> engine.encode(parameters, TokenBatch.of(List.of(new int[2], new int[1])), one))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("embeddings must have 24 elements, not 12");
      assertThatThrownBy(() -> engine.encode(one, TokenBatch.of(List.of(new int[2])), one))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("parameters must have");
      assertThatThrownBy(() -> engine.backward(parameters, one, parameters.dup()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("forward");
    }
  }

  @Test
  void aClosedEngineSaysSo() {
    EncoderEngine engine = engine(TINY, Pooling.CLS);
    engine.close();
    assertThatThrownBy(
            () ->
                engine.encode(
                    toArray(parameters(TINY)),
                    TokenBatch.of(List.of(new int[2])),
                    Nd4j.create(1, TINY.hiddenSize())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  /** Parameters that are nowhere near zero or one, so that no gradient is missed. */
  static double[] parameters(EncoderArchitecture architecture) {
    ParameterLayout layout = ParameterLayout.of(architecture);
    double[] values = new double[(int) layout.size()];
    Random random = new Random(42);
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      boolean scale = tensor.name().endsWith("LayerNorm.weight");
      double deviation = tensor.vector() ? 0.3 : 1.5 / Math.sqrt(tensor.columns());
      for (int i = 0; i < tensor.size(); i++) {
        double value = (scale ? 1 : 0) + deviation * random.nextGaussian();
        values[(int) tensor.offset() + i] = (float) value;
      }
    }
    return values;
  }

  static TokenBatch batch(EncoderArchitecture architecture, int... lengths) {
    Random random = new Random(7);
    List<int[]> texts = new ArrayList<>();
    for (int length : lengths) {
      texts.add(random.ints(length, 0, architecture.vocabularySize()).toArray());
    }
    return TokenBatch.of(texts);
  }

  static INDArray toArray(double[] parameters) {
    float[] floats = new float[parameters.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) parameters[i];
    }
    return Nd4j.createFromArray(floats).reshape(1, floats.length);
  }

  private static double weightedSum(double[][] embeddings, double[][] weights) {
    double sum = 0;
    for (int text = 0; text < embeddings.length; text++) {
      for (int i = 0; i < embeddings[text].length; i++) {
        sum += embeddings[text][i] * weights[text][i];
      }
    }
    return sum;
  }

  static void assertClose(INDArray actual, double[][] expected, double tolerance) {
    for (int text = 0; text < expected.length; text++) {
      for (int i = 0; i < expected[text].length; i++) {
        assertThat(actual.getDouble(text, i))
            .as("text %d, value %d", text, i)
            .isCloseTo(expected[text][i], offset(tolerance));
      }
    }
  }
}
