package dev.tandem.jobs.train.averaging;

class SharedMemoryTransportTest extends TransportContract {
  @Override
  Transport transport() {
    return new SharedMemoryTransport();
  }
}
