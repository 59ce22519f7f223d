package dev.tandem.jobs.train.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.model.encoder.Bfloat16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WireTest {
  @Test
  void theWireCarriesExactlyWhatWasPrepared() {
    Random random = new Random(2);
    int count = 1000;
    for (Wire wire : Wire.values()) {
      float[] values = new float[count];
      float[] start = new float[count];
      for (int i = 0; i < count; i++) {
        start[i] = random.nextFloat();
        values[i] = start[i] + 0.01f * random.nextFloat();
      }
      float[] expected = values.clone();
      for (int i = 0; i < count && wire.isDifference(); i++) {
        expected[i] = Bfloat16.toFloat(Bfloat16.of(values[i] - start[i]));
      }
      wire.prepare(values, start, count);
      ByteBuffer bytes = ByteBuffer.allocate(count * wire.bytes()).order(ByteOrder.LITTLE_ENDIAN);
      wire.put(values, count, bytes);
      float[] received = new float[count];
      wire.get(bytes, received, count);
      assertThat(values).as(wire.name()).isEqualTo(expected);
      assertThat(received).as(wire.name()).isEqualTo(expected);
    }
  }
}
