package dev.tandem.jobs.train.averaging;

class BlockAveragingTest extends AveragingModesContract {
  @Override
  Transport transport() {
    return new BlockTransport();
  }
}
