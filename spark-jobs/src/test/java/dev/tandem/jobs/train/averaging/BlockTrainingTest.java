package dev.tandem.jobs.train.averaging;

class BlockTrainingTest extends ContrastiveTrainingContract {
  @Override
  Transport transport() {
    return new BlockTransport();
  }
}
