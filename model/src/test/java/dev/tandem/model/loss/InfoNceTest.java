package dev.tandem.model.loss;

class InfoNceTest extends LossContract {
  @Override
  ContrastiveLoss loss() {
    return new InfoNce(Similarity.COSINE, 0.2);
  }
}
