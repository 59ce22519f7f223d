package dev.tandem.model.encoder;

import java.util.function.ToDoubleFunction;

/**
 * The encoder written down plainly in double precision, one token and one value at a time, as the
 * truth that engines are held against. Gradients are central differences of it.
 */
final class ReferenceEncoder {

  private final EncoderArchitecture architecture;
  private final Pooling pooling;
  private final ParameterLayout layout;
  private final int hidden;

  ReferenceEncoder(EncoderArchitecture architecture, Pooling pooling) {
    this.architecture = architecture;
    this.pooling = pooling;
    layout = ParameterLayout.of(architecture);
    hidden = architecture.hiddenSize();
  }

  /** Embeddings of a batch, [texts][hidden]. */
  double[][] encode(double[] parameters, TokenBatch batch) {
    double[][] result = new double[batch.texts()][];
    for (int text = 0; text < batch.texts(); text++) {
      int[] ids = new int[batch.length(text)];
      System.arraycopy(batch.ids(), batch.offsets()[text], ids, 0, ids.length);
      result[text] = pool(tokens(parameters, ids));
    }
    return result;
  }

  /** Gradient of a function of the embeddings by central differences. */
  double[] gradient(double[] parameters, TokenBatch batch, ToDoubleFunction<double[][]> function) {
    double step = 1e-5;
    double[] moved = parameters.clone();
    double[] gradient = new double[parameters.length];
    for (int i = 0; i < parameters.length; i++) {
      moved[i] = parameters[i] + step;
      double above = function.applyAsDouble(encode(moved, batch));
      moved[i] = parameters[i] - step;
      double below = function.applyAsDouble(encode(moved, batch));
      moved[i] = parameters[i];
      gradient[i] = (above - below) / (2 * step);
    }
    return gradient;
  }

  private double[][] tokens(double[] p, int[] ids) {
    double[][] x = new double[ids.length][hidden];
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < hidden; i++) {
        x[t][i] =
            p[at("embeddings.word_embeddings.weight") + ids[t] * hidden + i]
                + p[at("embeddings.position_embeddings.weight") + t * hidden + i]
                + p[at("embeddings.token_type_embeddings.weight") + i];
      }
      x[t] = norm(p, "embeddings.LayerNorm", x[t]);
    }
    for (int block = 0; block < architecture.layers(); block++) {
      x = block(p, "encoder.layer." + block + ".", x);
    }
    return x;
  }

  private double[][] block(double[] p, String name, double[][] x) {
    double[][] context = attend(p, name + "attention.self.", x);
    double[][] result = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] attended = linear(p, name + "attention.output.dense", context[t]);
      attended = norm(p, name + "attention.output.LayerNorm", sum(attended, x[t]));
      double[] up = linear(p, name + "intermediate.dense", attended);
      for (int i = 0; i < up.length; i++) {
        up[i] *= NormalDistribution.cdf(up[i]);
      }
      double[] down = linear(p, name + "output.dense", up);
      result[t] = norm(p, name + "output.LayerNorm", sum(down, attended));
    }
    return result;
  }

  private double[][] attend(double[] p, String name, double[][] x) {
    int length = x.length;
    int size = architecture.headSize();
    double[][] q = new double[length][];
    double[][] k = new double[length][];
    double[][] v = new double[length][];
    for (int t = 0; t < length; t++) {
      q[t] = linear(p, name + "query", x[t]);
      k[t] = linear(p, name + "key", x[t]);
      v[t] = linear(p, name + "value", x[t]);
    }
    double[][] context = new double[length][hidden];
    for (int head = 0; head < architecture.heads(); head++) {
      for (int t = 0; t < length; t++) {
        double[] weights = new double[length];
        double total = 0;
        for (int s = 0; s < length; s++) {
          double score = 0;
          for (int i = head * size; i < (head + 1) * size; i++) {
            score += q[t][i] * k[s][i];
          }
          weights[s] = Math.exp(score / Math.sqrt(size));
          total += weights[s];
        }
        for (int s = 0; s < length; s++) {
          for (int i = head * size; i < (head + 1) * size; i++) {
            context[t][i] += weights[s] / total * v[s][i];
          }
        }
      }
    }
    return context;
  }

  private double[] pool(double[][] tokens) {
    double[] result = tokens[0].clone();
    for (int t = 1; t < tokens.length && pooling != Pooling.CLS; t++) {
      for (int i = 0; i < hidden; i++) {
        result[i] =
            pooling == Pooling.MAX ? Math.max(result[i], tokens[t][i]) : result[i] + tokens[t][i];
      }
    }
    for (int i = 0; i < hidden && pooling == Pooling.MEAN; i++) {
      result[i] /= tokens.length;
    }
    return result;
  }

  private double[] linear(double[] p, String name, double[] x) {
    ParameterLayout.Tensor weight = layout.tensor(name + ".weight");
    int bias = at(name + ".bias");
    double[] y = new double[weight.rows()];
    for (int o = 0; o < y.length; o++) {
      y[o] = p[bias + o];
      for (int i = 0; i < x.length; i++) {
        y[o] += p[(int) weight.offset() + o * x.length + i] * x[i];
      }
    }
    return y;
  }

  private double[] norm(double[] p, String name, double[] x) {
    double mean = 0;
    for (double value : x) {
      mean += value / x.length;
    }
    double variance = 0;
    for (double value : x) {
      variance += (value - mean) * (value - mean) / x.length;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double normal = (x[i] - mean) / Math.sqrt(variance + architecture.layerNormEpsilon());
      y[i] = normal * p[at(name + ".weight") + i] + p[at(name + ".bias") + i];
    }
    return y;
  }

  private static double[] sum(double[] a, double[] b) {
    double[] c = new double[a.length];
    for (int i = 0; i < c.length; i++) {
      c[i] = a[i] + b[i];
    }
    return c;
  }

  private int at(String tensor) {
    return (int) layout.tensor(tensor).offset();
  }
}
