package dev.tandem.index.vector;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** Single precision as it is. */
final class Float32Rows implements RowFormat {

  @Override
  public int bytes(int dimension) {
    return Float.BYTES * dimension;
  }

  @Override
  public int scaleBytes() {
    return 0;
  }

  @Override
  public int unfit(float[] array, int from, int dimension) {
    return -1;
  }

  @Override
  public String limit() {
    return String.valueOf(Float.MAX_VALUE);
  }

  @Override
  public void write(float[] array, int from, int dimension, ByteBuffer row, ByteBuffer scale) {
    row.asFloatBuffer().put(array, from, dimension);
    row.position(row.position() + bytes(dimension));
  }

  @Override
  public void read(byte[] rows, int count, int dimension, ByteBuffer scales, FloatBuffer into) {
    into.put(RowFormat.littleEndian(rows).asFloatBuffer().limit(count * dimension));
  }

  @Override
  public void round(float[] vectors, int dimension) {
    // They are already.
  }
}
