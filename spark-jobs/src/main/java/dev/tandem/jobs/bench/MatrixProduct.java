package dev.tandem.jobs.bench;

import dev.tandem.model.encoder.OneDnnProduct;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * A square single-precision matrix product on one thread, by each library that multiplies here. The
 * faster one stands for the machine's peak.
 */
final class MatrixProduct implements AutoCloseable {
  private static final double OPERATIONS = 20e9;

  private final int size;
  private final int times;
  private final FloatPointer a;
  private final FloatPointer b;
  private final FloatPointer c;

  /**
   * Allocates the matrices.
   *
   * @param size rows, columns and depth
   */
  MatrixProduct(int size) {
    this.size = size;
    double one = 2.0 * size * size * size;
    times = (int) Math.max(1, Math.min(20, OPERATIONS / one));
    a = random(1);
    b = random(2);
    c = random(3);
  }

  private FloatPointer random(long seed) {
    float[] values = new float[size * size];
    Random random = new Random(seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return new FloatPointer(values);
  }

  /** Computes it a few times by oneDNN, where that is {@link OneDnnProduct#available}. */
  void runOneDnn() {
    for (int i = 0; i < times; i++) {
      OneDnnProduct.multiplyTransposed(size, a, b, c);
    }
  }

  /** Computes it a few times by OpenBLAS. */
  void runOpenBlas() {
    openblas_nolapack.blas_set_num_threads(1);
    for (int i = 0; i < times; i++) {
      openblas_nolapack.cblas_sgemm(
          openblas_nolapack.CblasRowMajor,
          openblas_nolapack.CblasNoTrans,
          openblas_nolapack.CblasTrans,
          size,
          size,
          size,
          1f,
          a,
          size,
          b,
          size,
          0f,
          c,
          size);
    }
  }

  /** Operations of a run, in 1e9. */
  double gigaFlop() {
    return 2e-9 * size * size * size * times;
  }

  @Override
  public void close() {
    a.close();
    b.close();
    c.close();
  }
}
