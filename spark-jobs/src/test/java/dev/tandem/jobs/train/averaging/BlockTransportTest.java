package dev.tandem.jobs.train.averaging;

class BlockTransportTest extends TransportContract {
  @Override
  Transport transport() {
    return new BlockTransport();
  }
}
