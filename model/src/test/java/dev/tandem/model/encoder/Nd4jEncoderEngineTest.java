package dev.tandem.model.encoder;

class Nd4jEncoderEngineTest extends EncoderEngineContract {

  @Override
  EncoderEngine engine(EncoderArchitecture architecture, Pooling pooling) {
    return new Nd4jEncoderEngine(architecture, pooling);
  }
}
