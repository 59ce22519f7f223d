package dev.tandem.model.encoder;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Float32 products of row-major matrices inside {@link FloatMemory}: by oneDNN, which on the shapes
 * of an encoder is a tenth faster than OpenBLAS on large matrices and up to twice as fast on those
 * of an attention head, or by the OpenBLAS that ND4J also loads where oneDNN is not to be had.
 */
final class Blas {

  private static final boolean ONE_DNN = OneDnn.present();
  private static final byte PLAIN = 'N';
  private static final byte TRANSPOSED = 'T';

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
    gemm(false, true, m, n, k, alpha, a, b, beta, c);
  }

  /** {@code c[m,n] = alpha * a[m,k] * b[k,n] + beta * c}. */
  static void multiply(int m, int n, int k, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    gemm(false, false, m, n, k, alpha, a, b, beta, c);
  }

  /** {@code c[m,n] = alpha * a[k,m]^T * b[k,n] + beta * c}. */
  static void transposedMultiply(
      int m, int n, int k, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    gemm(true, false, m, n, k, alpha, a, b, beta, c);
  }

  private static void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      Matrix a,
      Matrix b,
      float beta,
      Matrix c) {
    if (ONE_DNN) {
      OneDnn.useOneThread();
      int status =
          dnnl_sgemm(
              transposeA ? TRANSPOSED : PLAIN,
              transposeB ? TRANSPOSED : PLAIN,
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
      OneDnn.check("a float32 product", status);
      return;
    }
    cblas_sgemm(
        CblasRowMajor,
        transposeA ? CblasTrans : CblasNoTrans,
        transposeB ? CblasTrans : CblasNoTrans,
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
