package dev.tandem.model.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Each kernel by itself against double precision, its gradient against central differences. */
class KernelsTest {

  private final Scratch scratch = new Scratch();
  private final Random random = new Random(11);

  @AfterEach
  void free() {
    scratch.close();
  }

  private FloatMemory memory(double... values) {
    FloatMemory memory = scratch.allocate("test", values.length);
    for (int i = 0; i < values.length; i++) {
      memory.put(i, (float) values[i]);
    }
    return memory;
  }

  private double[] randoms(int count) {
    return random.doubles(count, -2, 2).map(x -> (float) x).toArray();
  }

  private static void assertClose(FloatMemory actual, double[] expected, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual.get(i))
          .as("value %d", i)
          .isCloseTo(expected[i], offset(tolerance));
    }
  }

  private static double gelu(double x) {
    return x * NormalDistribution.cdf(x);
  }

  @Test
  void exponentialIsAccurateDownToTheSmallestNumbers() {
    FloatMemory values = memory(new double[VectorMath.LANES]);
    for (double x = -86; x < 0.01; x += 0.37) {
      values.put(0, (float) x);
      float actual = VectorMath.expOfNonPositive(VectorMath.load(values.bytes(), 0)).lane(0);
      double expected = Math.exp((float) x);
      assertThat(actual / expected).as("exp(%s)", x).isCloseTo(1, offset(2.5e-7));
    }
    values.put(0, Float.NEGATIVE_INFINITY);
    assertThat(VectorMath.expOfNonPositive(VectorMath.load(values.bytes(), 0)).lane(0))
        .isLessThan(1e-37f);
  }

  @Test
  void geluAndItsSlopeAreAccurateEverywhere() {
    int width = 40 * VectorMath.LANES + 3;
    double[] x = new double[width];
    double[] expected = new double[width];
    double[] slope = new double[width];
    for (int i = 0; i < width; i++) {
      x[i] = (float) (-9 + 18.0 * i / width);
      expected[i] = gelu(x[i]);
      slope[i] = (gelu(x[i] + 1e-5) - gelu(x[i] - 1e-5)) / 2e-5;
    }
    FloatMemory sum = memory(x);
    FloatMemory y = memory(new double[width]);
    GeluKernel.forward(sum, memory(new double[width]), y, 1, width);
    assertClose(y, expected, 1e-6);

    double[] ones = new double[width];
    Arrays.fill(ones, 1);
    FloatMemory gradient = memory(ones);
    FloatMemory biasGradient = memory(ones);
    GeluKernel.backward(sum, gradient, biasGradient, memory(new double[width]), 1, width);
    assertClose(sum, expected, 1e-6);
    assertClose(gradient, slope, 1e-6);
    for (int i = 0; i < width; i++) {
      slope[i] += 1;
    }
    assertClose(biasGradient, slope, 1e-6);
  }

  @Test
  void geluAddsTheBiasToEveryRow() {
    int width = VectorMath.LANES + 5;
    double[] x = randoms(3 * width);
    double[] bias = randoms(width);
    double[] sums = new double[3 * width];
    double[] expected = new double[3 * width];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = (float) (x[i] + bias[i % width]);
      expected[i] = gelu(sums[i]);
    }
    FloatMemory sum = memory(x);
    FloatMemory y = memory(new double[3 * width]);
    GeluKernel.forward(sum, memory(bias), y, 3, width);
    assertClose(sum, sums, 1e-6);
    assertClose(y, expected, 1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 32, 45})
  void softmaxAndItsGradient(int length) {
    int stride = VectorMath.roundUp(length);
    double[] scores = randoms(length * stride);
    double[] weights = randoms(length * stride);
    FloatMemory p = memory(scores);
    FloatMemory logSums = memory(new double[length + 2]);
    SoftmaxKernel.forward(p, length, stride, logSums, 2);

    FloatMemory again = memory(scores);
    FloatMemory gradient = memory(weights);
    double[] products = new double[length];
    for (int row = 0; row < length; row++) {
      double[] expected = softmax(scores, row * stride, length);
      for (int i = 0; i < length; i++) {
        assertThat((double) p.get(row * stride + i)).isCloseTo(expected[i], offset(1e-6));
        products[row] += expected[i] * weights[row * stride + i];
      }
    }
    SoftmaxKernel.backward(again, gradient, length, stride, logSums, 2, memory(products));
    for (int row = 0; row < length; row++) {
      for (int i = 0; i < length; i++) {
        int at = row * stride + i;
        assertThat((double) again.get(at)).isCloseTo(p.get(at), offset(1e-6));
        double[] above = scores.clone();
        double[] below = scores.clone();
        above[at] += 1e-5;
        below[at] -= 1e-5;
        double expected = 0;
        double[] high = softmax(above, row * stride, length);
        double[] low = softmax(below, row * stride, length);
        for (int j = 0; j < length; j++) {
          expected += weights[row * stride + j] * (high[j] - low[j]) / 2e-5;
        }
        assertThat((double) gradient.get(at)).isCloseTo(expected, offset(2e-6));
      }
    }
  }

  private static double[] softmax(double[] scores, int start, int length) {
    double[] p = new double[length];
    double total = 0;
    for (int i = 0; i < length; i++) {
      p[i] = Math.exp(scores[start + i]);
      total += p[i];
    }
    for (int i = 0; i < length; i++) {
      p[i] /= total;
    }
    return p;
  }

  @Test
  void softmaxOfLargeScoresDoesNotOverflow() {
    int stride = VectorMath.roundUp(2);
    double[] scores = new double[2 * stride];
    scores[0] = 1000;
    scores[1] = 999;
    FloatMemory p = memory(scores);
    SoftmaxKernel.forward(p, 2, stride, memory(0, 0), 0);
    assertThat((double) p.get(0)).isCloseTo(1 / (1 + Math.exp(-1)), offset(1e-6));
    assertThat((double) p.get(1)).isCloseTo(1 / (1 + Math.E), offset(1e-6));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 16, 37})
  void layerNormAndItsGradient(int width) {
    int rows = 3;
    double epsilon = 1e-5;
    LayerNormKernel kernel = new LayerNormKernel(width, epsilon);
    double[] x = randoms(rows * width);
    double[] bias = randoms(width);
    double[] residual = randoms(rows * width);
    double[] scale = randoms(width);
    double[] shift = randoms(width);
    double[] weights = randoms(rows * width);
    double[] sums = new double[rows * width];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = x[i] + bias[i % width] + residual[i];
    }
    LayerNormKernel.Kept kept = new LayerNormKernel.Kept(memory(x), memory(new double[2 * rows]));
    LayerNormKernel.Parameters parameters =
        new LayerNormKernel.Parameters(memory(scale), memory(shift));
    FloatMemory output = memory(new double[rows * width]);
    kernel.addAndNormalize(kept, memory(bias), memory(residual), parameters, output, rows);
    double[] expected = norm(sums, scale, shift, epsilon);
    assertClose(output, expected, 5e-6);

    FloatMemory gradient = memory(weights);
    FloatMemory scaleGradient = memory(new double[width]);
    FloatMemory shiftGradient = memory(new double[width]);
    FloatMemory biasGradient = memory(new double[width]);
    kernel.backward(
        kept,
        parameters,
        gradient,
        new LayerNormKernel.Parameters(scaleGradient, shiftGradient),
        biasGradient,
        rows);
    double[] sumGradient = new double[rows * width];
    double[] columns = new double[width];
    for (int i = 0; i < sums.length; i++) {
      double[] above = sums.clone();
      double[] below = sums.clone();
      above[i] += 1e-5;
      below[i] -= 1e-5;
      sumGradient[i] =
          (dot(weights, norm(above, scale, shift, epsilon))
                  - dot(weights, norm(below, scale, shift, epsilon)))
              / 2e-5;
      columns[i % width] += sumGradient[i];
    }
    assertClose(gradient, sumGradient, 3e-5);
    assertClose(biasGradient, columns, 3e-5);
    for (int i = 0; i < width; i++) {
      double[] above = scale.clone();
      above[i] += 1;
      double slope = dot(weights, norm(sums, above, shift, epsilon)) - dot(weights, expected);
      assertThat((double) scaleGradient.get(i)).isCloseTo(slope, offset(2e-5));
      double total = 0;
      for (int row = 0; row < rows; row++) {
        total += weights[row * width + i];
      }
      assertThat((double) shiftGradient.get(i)).isCloseTo(total, offset(1e-6));
    }
  }

  private static double[] norm(double[] x, double[] scale, double[] shift, double epsilon) {
    int width = scale.length;
    double[] y = new double[x.length];
    for (int start = 0; start < x.length; start += width) {
      double mean = 0;
      double variance = 0;
      for (int i = 0; i < width; i++) {
        mean += x[start + i] / width;
      }
      for (int i = 0; i < width; i++) {
        variance += (x[start + i] - mean) * (x[start + i] - mean) / width;
      }
      for (int i = 0; i < width; i++) {
        y[start + i] = (x[start + i] - mean) / Math.sqrt(variance + epsilon) * scale[i] + shift[i];
      }
    }
    return y;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void ourProductsAndNd4jsWorkInOneProcess() {
    INDArray a = Nd4j.rand(5, 7);
    INDArray b = Nd4j.rand(6, 7);
    INDArray expected = a.mmul(b.transpose());
    FloatMemory c = scratch.allocate("test", 30);
    Blas.multiplyTransposed(
        5,
        6,
        7,
        2,
        new Blas.Matrix(FloatMemory.of("a", a, 35), 0, 7),
        new Blas.Matrix(FloatMemory.of("b", b, 42), 0, 7),
        0,
        new Blas.Matrix(c, 0, 6));
    INDArray again = a.mmul(b.transpose());
    assertThat(again).isEqualTo(expected);
    for (int i = 0; i < 30; i++) {
      assertThat((double) c.get(i)).isCloseTo(2 * expected.getDouble(i / 6, i % 6), offset(1e-5));
    }
  }
}
