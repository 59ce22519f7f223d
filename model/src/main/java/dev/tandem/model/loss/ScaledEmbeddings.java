package dev.tandem.model.loss;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Embeddings as a similarity takes them: scaled to unit length for {@link Similarity#COSINE}, as
 * they are for {@link Similarity#DOT}; and the way back for gradients.
 */
final class ScaledEmbeddings {
  /** Shorter embeddings are not scaled up further, as in PyTorch's normalize. */
  private static final double SHORTEST = 1e-12;

  private final INDArray scaled;
  private final Rows rows;
  private final double[] lengths;

  private ScaledEmbeddings(INDArray scaled, Rows rows, double[] lengths) {
    this.scaled = scaled;
    this.rows = rows;
    this.lengths = lengths;
  }

  static ScaledEmbeddings of(INDArray embeddings, Similarity similarity) {
    Rows rows = Rows.read(embeddings);
    if (similarity == Similarity.DOT) {
      return new ScaledEmbeddings(rows.toArray(), rows, null);
    }
    double[] lengths = new double[rows.rows()];
    double[] row = new double[rows.columns()];
    for (int i = 0; i < lengths.length; i++) {
      rows.get(i, row, 0);
      lengths[i] = Math.sqrt(dot(row, row));
      double scale = 1 / Math.max(lengths[i], SHORTEST);
      for (int k = 0; k < row.length; k++) {
        row[k] *= scale;
      }
      rows.put(i, row, 0);
    }
    return new ScaledEmbeddings(rows.toArray(), rows, lengths);
  }

  /** The scaled embeddings, c-order [count, d]. */
  INDArray array() {
    return scaled;
  }

  int count() {
    return rows.rows();
  }

  int dimension() {
    return rows.columns();
  }

  DataType type() {
    return scaled.dataType();
  }

  /**
   * Gradient with respect to the embeddings before scaling.
   *
   * @param gradient with respect to the scaled embeddings, as an f-order [d, count] array
   * @return c-order [count, d]
   */
  INDArray unscale(INDArray gradient) {
    Rows result = Rows.readTransposed(gradient);
    if (lengths != null) {
      double[] g = new double[dimension()];
      double[] unit = new double[dimension()];
      for (int i = 0; i < count(); i++) {
        result.get(i, g, 0);
        rows.get(i, unit, 0);
        // Only what is orthogonal to the embedding changes its direction. An embedding without
        // length has no direction and gets no gradient.
        double along = dot(g, unit);
        double scale = lengths[i] < SHORTEST ? 0 : 1 / lengths[i];
        for (int k = 0; k < g.length; k++) {
          g[k] = (g[k] - along * unit[k]) * scale;
        }
        result.put(i, g, 0);
      }
    }
    return result.toArray();
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }
}
