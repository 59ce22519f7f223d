package dev.tandem.model.loss;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Embeddings with the factors that a similarity scales them by: one over the length for {@link
 * Similarity#COSINE}, 1 for {@link Similarity#DOT}.
 *
 * <p>Nothing is scaled in place or copied: products are taken of the embeddings as they are, and
 * the factors go to the scores and their gradients, of which there are fewer numbers.
 */
final class ScaledEmbeddings {
  /** An embedding shorter than this has no direction: its factor is 0. As PyTorch's normalize. */
  private static final double SHORTEST = 1e-12;

  private final INDArray embeddings;
  private final Similarity similarity;
  private final double[] factors;

  private ScaledEmbeddings(INDArray embeddings, Similarity similarity, double[] factors) {
    this.embeddings = embeddings;
    this.similarity = similarity;
    this.factors = factors;
  }

  static ScaledEmbeddings of(INDArray embeddings, Similarity similarity) {
    boolean dense = embeddings.ordering() == 'c' && embeddings.elementWiseStride() == 1;
    INDArray rowMajor = dense ? embeddings : embeddings.dup('c');
    double[] factors;
    if (similarity == Similarity.DOT) {
      factors = new double[embeddings.rows()];
      Arrays.fill(factors, 1);
    } else {
      factors = rowMajor.norm2(1).toDoubleVector();
      for (int i = 0; i < factors.length; i++) {
        factors[i] = factors[i] < SHORTEST ? 0 : 1 / factors[i];
      }
    }
    return new ScaledEmbeddings(rowMajor, similarity, factors);
  }

  /** The embeddings as they are, c-order [count, d]. */
  INDArray array() {
    return embeddings;
  }

  int count() {
    return factors.length;
  }

  int dimension() {
    return embeddings.columns();
  }

  DataType type() {
    return embeddings.dataType();
  }

  /** What an embedding is multiplied by. */
  double factor(int embedding) {
    return factors[embedding];
  }

  /**
   * Multiplies scores, or their gradients, of successive embeddings by the factors of these and by
   * another one.
   *
   * @param values the values, the first embedding's at index {@code at}
   */
  void scale(double[] values, int at, double factor) {
    for (int j = 0; j < factors.length; j++) {
      values[at + j] *= factor * factors[j];
    }
  }

  /**
   * Gradient with respect to the embeddings before scaling.
   *
   * @param gradient factor times the gradient with respect to the scaled embedding, as an f-order
   *     [d, count] array
   * @return c-order [count, d]
   */
  INDArray unscale(INDArray gradient) {
    Rows result = Rows.readTransposed(gradient);
    if (similarity == Similarity.COSINE) {
      Rows rows = Rows.read(embeddings);
      double[] g = new double[dimension()];
      double[] embedding = new double[dimension()];
      for (int i = 0; i < count(); i++) {
        result.get(i, g, 0);
        rows.get(i, embedding, 0);
        // only what is orthogonal to the embedding changes its direction
        double along = dot(g, embedding) * factors[i] * factors[i];
        for (int k = 0; k < g.length; k++) {
          g[k] -= along * embedding[k];
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
