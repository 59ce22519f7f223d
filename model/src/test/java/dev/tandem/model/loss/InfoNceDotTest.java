package dev.tandem.model.loss;

class InfoNceDotTest extends LossContract {
  @Override
  ContrastiveLoss loss() {
    return new InfoNce(Similarity.DOT, 1.5);
  }
}
