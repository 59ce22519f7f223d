package dev.tandem.index.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.index.vector.VectorMatrix;
import java.util.Random;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.junit.jupiter.api.Test;

/** The pieces that rounded and plain products are made of. */
class Int8ProductsTest {

  @Test
  void sumsOfProductsAreExactAtTheirLargestToo() {
    assumeTrue(OneDnn.int8(), "this CPU has no fast products of integers");
    Random random = new Random(81);
    for (int inner : new int[] {16, 384, 1040, Int8Gemm.LONGEST}) {
      int queries = 5;
      int rows = 48;
      byte[] left = new byte[queries * inner];
      byte[] right = new byte[rows * inner];
      random.nextBytes(left);
      random.nextBytes(right);
      for (int i = 0; i < inner; i++) {
        // Sums of pairs beyond 16 bits, of either sign.
        left[i] = (byte) 255;
        right[i] = 127;
        right[inner + i] = -127;
      }
      try (BytePointer a = new BytePointer(left);
          BytePointer b = new BytePointer(right);
          IntPointer c = new IntPointer((long) queries * rows);
          Int8Gemm gemm = new Int8Gemm(inner)) {
        gemm.multiply(queries, a, rows, b, c);
        for (int q = 0; q < queries; q++) {
          for (int r = 0; r < rows; r++) {
            int sum = 0;
            for (int i = 0; i < inner; i++) {
              sum += (left[q * inner + i] & 0xff) * right[r * inner + i];
            }
            assertThat(c.get((long) q * rows + r)).isEqualTo(sum);
          }
        }
      }
    }
  }

  @Test
  void roundingIsNoWorseThanItSaysAndNotMuchBetter() {
    Random random = new Random(82);
    for (int dimension : new int[] {1, 7, 16, 100, 384}) {
      for (float size : new float[] {1, 1e-20f, 1e20f, 1e-41f, 2 * Float.MIN_VALUE}) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
          vector[i] = (float) random.nextGaussian() * size;
        }
        Int8Rounding rounding = new Int8Rounding(dimension, RoundedRows.padded(dimension));
        rounding.round(vector);
        double rest = 0;
        double length = 0;
        int sum = 0;
        for (int i = 0; i < dimension; i++) {
          double rounded = (double) rounding.scale() * rounding.levels()[i];
          rest += (vector[i] - rounded) * (vector[i] - rounded);
          length += rounded * rounded;
          sum += rounding.levels()[i];
          assertThat(rounding.levels()[i]).isBetween((byte) -127, (byte) 127);
        }
        assertThat(rounding.sum()).isEqualTo(sum);
        assertThat((double) rounding.rest()).isGreaterThanOrEqualTo(Math.sqrt(rest));
        assertThat((double) rounding.length()).isGreaterThanOrEqualTo(Math.sqrt(length));
        if (size > 1e-30f && dimension > 1) {
          double norm = ExactScore.norm(vector, dimension);
          assertThat((double) rounding.rest())
              .isLessThan(1.001 * Math.sqrt(rest) + 1e-4 * norm)
              .isLessThan(0.02 * norm);
        }
      }
    }
  }

  @Test
  void bothLibrariesMultiplyFloat32() {
    Random random = new Random(83);
    int dimension = 45;
    float[] left = new float[3 * dimension];
    float[] right = new float[11 * dimension];
    for (int i = 0; i < right.length; i++) {
      right[i] = (float) random.nextGaussian();
      left[i % left.length] = (float) random.nextGaussian();
    }
    try (VectorMatrix queries = VectorMatrix.copyOf(left, 3, dimension);
        VectorMatrix rows = VectorMatrix.copyOf(right, 11, dimension);
        FloatPointer products = new FloatPointer(3L * 4)) {
      InnerProducts.byOpenBlas(queries.pointer(0), 3, rows, 6, 4, products);
      assertProducts(left, right, dimension, products);
      if (OneDnn.present()) {
        products.put(new float[12]);
        InnerProducts.byOneDnn(queries.pointer(0), 3, rows, 6, 4, products);
        assertProducts(left, right, dimension, products);
      }
    }
  }

  private static void assertProducts(
      float[] left, float[] right, int dimension, FloatPointer products) {
    for (int q = 0; q < 3; q++) {
      for (int r = 0; r < 4; r++) {
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
          sum += (double) left[q * dimension + i] * right[(6 + r) * dimension + i];
        }
        assertThat(Math.abs(products.get(q * 4L + r) - sum)).isLessThan(1e-4);
      }
    }
  }

  @Test
  void integersNeedVnni() {
    assertThat(OneDnn.containsVnni(dnnl.dnnl_cpu_isa_avx512_core_vnni)).isTrue();
    assertThat(OneDnn.containsVnni(dnnl.dnnl_cpu_isa_avx512_core_bf16)).isTrue();
    assertThat(OneDnn.containsVnni(dnnl.dnnl_cpu_isa_avx512_core_amx)).isTrue();
    assertThat(OneDnn.containsVnni(dnnl.dnnl_cpu_isa_avx512_core)).isFalse();
    assertThat(OneDnn.containsVnni(dnnl.dnnl_cpu_isa_avx2)).isFalse();
  }
}
