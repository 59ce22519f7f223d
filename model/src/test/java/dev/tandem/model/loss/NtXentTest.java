package dev.tandem.model.loss;

class NtXentTest extends LossContract {
  @Override
  ContrastiveLoss loss() {
    return new NtXent(Similarity.COSINE, 0.2);
  }
}
