package dev.tandem.index.search;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import dev.tandem.index.vector.VectorMatrix;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Inner products of all pairs of two blocks of vectors in float32: by oneDNN, or by the OpenBLAS
 * that ND4J also loads where there is no oneDNN.
 */
final class InnerProducts {

  private InnerProducts() {}

  /**
   * Keeps OpenBLAS on the calling thread. The search runs one worker a core, each with its own
   * matrix products; threads inside OpenBLAS would fight with them. The setting is global to the
   * JVM and the encoder wants the same; ND4J may change it, so each search sets it again.
   */
  static void singleThreaded() {
    openblas_nolapack.blas_set_num_threads(1);
  }

  /**
   * Computes [queryCount, rowCount] products, row-major.
   *
   * @param queries the first query's components
   * @param firstRow the first of the rows
   */
  static void compute(
      FloatPointer queries,
      int queryCount,
      VectorMatrix rows,
      int firstRow,
      int rowCount,
      FloatPointer products) {
    if (OneDnn.present()) {
      byOneDnn(queries, queryCount, rows, firstRow, rowCount, products);
    } else {
      byOpenBlas(queries, queryCount, rows, firstRow, rowCount, products);
    }
  }

  static void byOneDnn(
      FloatPointer queries,
      int queryCount,
      VectorMatrix rows,
      int firstRow,
      int rowCount,
      FloatPointer products) {
    int dimension = rows.dimension();
    OneDnn.check(
        "a float32 product",
        dnnl_sgemm(
            (byte) 'N',
            (byte) 'T',
            queryCount,
            rowCount,
            dimension,
            1f,
            queries,
            dimension,
            rows.pointer(firstRow),
            dimension,
            0f,
            products,
            rowCount));
  }

  static void byOpenBlas(
      FloatPointer queries,
      int queryCount,
      VectorMatrix rows,
      int firstRow,
      int rowCount,
      FloatPointer products) {
    int dimension = rows.dimension();
    openblas_nolapack.cblas_sgemm(
        openblas_nolapack.CblasRowMajor,
        openblas_nolapack.CblasNoTrans,
        openblas_nolapack.CblasTrans,
        queryCount,
        rowCount,
        dimension,
        1f,
        queries,
        dimension,
        rows.pointer(firstRow),
        dimension,
        0f,
        products,
        rowCount);
  }
}
