package dev.tandem.model.encoder;

class CpuEncoderEngineTest extends EncoderEngineContract {

  @Override
  EncoderEngine engine(EncoderArchitecture architecture, Pooling pooling) {
    return new CpuEncoderEngine(architecture, pooling, Compute.FLOAT32);
  }
}
