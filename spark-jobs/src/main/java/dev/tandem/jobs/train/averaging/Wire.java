package dev.tandem.jobs.train.averaging;

import dev.tandem.model.encoder.Bfloat16;
import java.nio.ByteBuffer;

/**
 * What workers send their parameters as. The updater state goes in float32 always: rounded to 8
 * bits it would no longer follow small changes, such as Adam's second moment makes in a few steps.
 */
public enum Wire {
  /** The parameters themselves; the driver's become their mean. */
  FLOAT32(Float.BYTES) {
    @Override
    void prepare(float[] values, float[] start, int count) {
      // They travel as they are
    }

    @Override
    void put(float[] values, int count, ByteBuffer bytes) {
      bytes.asFloatBuffer().put(values, 0, count);
    }

    @Override
    void get(ByteBuffer bytes, float[] values, int count) {
      bytes.asFloatBuffer().get(values, 0, count);
    }
  },

  /**
   * What the round has added to the parameters it began with, rounded to bfloat16 (to nearest, ties
   * to even); the driver adds the mean to its float32 parameters. So a parameter is off by at most
   * 2^-8 of a worker's change of it, half as many bytes travel, and no rounding adds up over rounds
   * that change little.
   */
  BFLOAT16(Short.BYTES) {
    @Override
    void prepare(float[] values, float[] start, int count) {
      for (int i = 0; i < count; i++) {
        values[i] = Bfloat16.toFloat(Bfloat16.of(values[i] - start[i]));
      }
    }

    @Override
    void put(float[] values, int count, ByteBuffer bytes) {
      short[] rounded = new short[count];
      for (int i = 0; i < count; i++) {
        rounded[i] = (short) (Float.floatToRawIntBits(values[i]) >>> Short.SIZE);
      }
      bytes.asShortBuffer().put(rounded);
    }

    @Override
    void get(ByteBuffer bytes, float[] values, int count) {
      short[] rounded = new short[count];
      bytes.asShortBuffer().get(rounded);
      for (int i = 0; i < count; i++) {
        values[i] = Bfloat16.toFloat(rounded[i]);
      }
    }
  };

  private final int bytes;

  Wire(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of a number. */
  int bytes() {
    return bytes;
  }

  /** Whether numbers are differences to the parameters that the round began with. */
  boolean isDifference() {
    return this != FLOAT32;
  }

  /**
   * Makes of a worker's parameters what is sent of them, as the receiver will see it.
   *
   * @param values overwritten
   * @param start the parameters the round began with; needed where {@link #isDifference()}
   */
  abstract void prepare(float[] values, float[] start, int count);

  /** Writes prepared numbers from the buffer's position on, which does not change. */
  abstract void put(float[] values, int count, ByteBuffer bytes);

  /** Reads numbers from the buffer's position on, which does not change. */
  abstract void get(ByteBuffer bytes, float[] values, int count);
}
