package dev.tandem.model.loss;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A loss and its gradients.
 *
 * @param loss the value
 * @param queryGradient [B, d]
 * @param passageGradient [N, d]
 */
public record LossValue(double loss, INDArray queryGradient, INDArray passageGradient) {}
