package dev.tandem.model.encoder;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Matrix products of row-major matrices inside {@link FloatMemory}, by the OpenBLAS that ND4J also
 * loads.
 */
final class Blas {

  static {
    // One engine runs per task slot, so parallelism comes from the slots, not from within a
    // product.
    openblas_nolapack.blas_set_num_threads(1);
  }

  private Blas() {}

  /** A row-major matrix: where it starts and how far its rows are apart. */
  record Matrix(FloatMemory memory, long offset, int stride) {}

  /** {@code c[m,n] = alpha * a[m,k] * b[n,k]^T + beta * c}. */
  static void multiplyTransposed(
      int m, int n, int k, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    gemm(CblasNoTrans, CblasTrans, m, n, k, alpha, a, b, beta, c);
  }

  /** {@code c[m,n] = alpha * a[m,k] * b[k,n] + beta * c}. */
  static void multiply(int m, int n, int k, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    gemm(CblasNoTrans, CblasNoTrans, m, n, k, alpha, a, b, beta, c);
  }

  /** {@code c[m,n] = alpha * a[k,m]^T * b[k,n] + beta * c}. */
  static void transposedMultiply(
      int m, int n, int k, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    gemm(CblasTrans, CblasNoTrans, m, n, k, alpha, a, b, beta, c);
  }

  private static void gemm(
      int transposeA,
      int transposeB,
      int m,
      int n,
      int k,
      float alpha,
      Matrix a,
      Matrix b,
      float beta,
      Matrix c) {
    cblas_sgemm(
        CblasRowMajor,
        transposeA,
        transposeB,
        m,
        n,
        k,
        alpha,
        a.memory().asLeft(a.offset()),
        a.stride(),
        b.memory().asRight(b.offset()),
        b.stride(),
        beta,
        c.memory().asResult(c.offset()),
        c.stride());
  }
}
