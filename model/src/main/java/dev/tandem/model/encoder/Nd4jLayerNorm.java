package dev.tandem.model.encoder;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** LayerNorm over rows in ND4J operations. ND4J's own is slow, its gradient very slow. */
final class Nd4jLayerNorm {

  private final double epsilon;

  Nd4jLayerNorm(double epsilon) {
    this.epsilon = epsilon;
  }

  /**
   * A forward pass.
   *
   * @param normal normalized rows before scale and shift, [rows, width]
   * @param inverse inverse standard deviations, [rows, 1]
   * @param output [rows, width]
   */
  record Result(INDArray normal, INDArray inverse, INDArray output) {}

  /**
   * Normalizes.
   *
   * @param sum [rows, width]; overwritten, becomes the result's {@code normal}
   */
  Result forward(ArrayScope scope, INDArray sum, INDArray scale, INDArray shift) {
    INDArray normal = sum.subiColumnVector(scope.own(sum.mean(true, 1)));
    INDArray inverse = scope.own(scope.own(normal.mul(normal)).mean(true, 1)).addi(epsilon);
    Transforms.sqrt(inverse, false).rdivi(1);
    normal.muliColumnVector(inverse);
    INDArray output = scope.own(normal.mulRowVector(scale)).addiRowVector(shift);
    return new Result(normal, inverse, output);
  }

  /**
   * Gradient of the sum.
   *
   * @param gradient of the output, [rows, width]
   * @param scaleGradient receives the gradient of the scale
   * @param shiftGradient receives the gradient of the shift
   */
  INDArray backward(
      ArrayScope scope,
      Result kept,
      INDArray gradient,
      INDArray scale,
      INDArray scaleGradient,
      INDArray shiftGradient) {
    shiftGradient.assign(scope.columnSums(gradient));
    scaleGradient.assign(scope.columnSums(scope.own(gradient.mul(kept.normal()))));
    INDArray scaled = scope.own(gradient.mulRowVector(scale));
    INDArray mean = scope.own(scaled.mean(true, 1));
    INDArray product = scope.own(scope.own(scaled.mul(kept.normal())).mean(true, 1));
    INDArray projected = scope.own(kept.normal().mulColumnVector(product));
    return scaled.subiColumnVector(mean).subi(projected).muliColumnVector(kept.inverse());
  }
}
