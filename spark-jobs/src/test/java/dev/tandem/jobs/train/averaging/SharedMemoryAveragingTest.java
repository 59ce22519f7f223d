package dev.tandem.jobs.train.averaging;

class SharedMemoryAveragingTest extends AveragingModesContract {
  @Override
  Transport transport() {
    return new SharedMemoryTransport();
  }
}
