package dev.tandem.jobs.train.averaging;

class SharedMemoryTrainingTest extends ContrastiveTrainingContract {
  @Override
  Transport transport() {
    return new SharedMemoryTransport();
  }
}
