package dev.tandem.model.loss;

class InfoNceSymmetricTest extends LossContract {
  @Override
  ContrastiveLoss loss() {
    return new InfoNce(Similarity.COSINE, 0.2, true);
  }
}
