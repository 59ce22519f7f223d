package dev.tandem.index.vector;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Half precision. */
final class Float16Rows implements RowFormat {

  @Override
  public int bytes(int dimension) {
    return Short.BYTES * dimension;
  }

  @Override
  public int scaleBytes() {
    return 0;
  }

  @Override
  public int unfit(float[] array, int from, int dimension) {
    for (int i = 0; i < dimension; i++) {
      if (Math.abs(array[from + i]) >= Float16.OVERFLOW) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public String limit() {
    return "65504";
  }

  @Override
  public void write(float[] array, int from, int dimension, ByteBuffer row, ByteBuffer scale) {
    for (int i = 0; i < dimension; i++) {
      row.putShort(Float16.of(array[from + i]));
    }
  }

  @Override
  public void read(byte[] rows, int count, int dimension, ByteBuffer scales, FloatBuffer into) {
    short[] halves = new short[count * dimension];
    ShortBuffer stored = RowFormat.littleEndian(rows).asShortBuffer();
    stored.get(halves);
    float[] floats = new float[halves.length];
    Float16.toFloats(halves, floats);
    into.put(floats);
  }
}
