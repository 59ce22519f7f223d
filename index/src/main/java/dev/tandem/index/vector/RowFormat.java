package dev.tandem.index.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * How the vectors of a file become bytes and back. A file has the rows of all vectors, one after
 * another, and behind them the scales of all vectors, where the format has scales. Everything is
 * little-endian. Implementations keep no state and are safe to share between threads.
 */
interface RowFormat {

  /** Bytes that the row of a vector takes. */
  int bytes(int dimension);

  /** Bytes that the scale of a vector takes behind the rows; 0 for a format without. */
  int scaleBytes();

  /**
   * Index of the first component that this format cannot hold, counted from the vector's first; -1
   * if it can hold all.
   *
   * @param array with a finite vector's components from {@code from} on
   */
  int unfit(float[] array, int from, int dimension);

  /** The largest magnitude that fits, for messages. */
  String limit();

  /**
   * Writes a vector that fits.
   *
   * @param row takes its bytes at the position, which moves past them
   * @param scale takes its scale likewise
   */
  void write(float[] array, int from, int dimension, ByteBuffer row, ByteBuffer scale);

  /**
   * Reads some vectors.
   *
   * @param rows their bytes, from the array's start
   * @param count how many there are
   * @param scales their scales at the position, which moves past them
   * @param into takes their components at the position, which moves past them
   */
  void read(byte[] rows, int count, int dimension, ByteBuffer scales, FloatBuffer into);

  /**
   * Makes finite vectors what they are after writing and reading.
   *
   * @throws VectorRangeException if a component is too large
   */
  default void round(float[] vectors, int dimension) {
    byte[] row = new byte[bytes(dimension)];
    ByteBuffer rowBytes = littleEndian(row);
    ByteBuffer scale = littleEndian(new byte[scaleBytes()]);
    FloatBuffer into = FloatBuffer.wrap(vectors);
    for (int from = 0; from < vectors.length; from += dimension) {
      int unfit = unfit(vectors, from, dimension);
      if (unfit >= 0) {
        throw new VectorRangeException(
            vectors[from + unfit] + " at component " + unfit + " is beyond " + limit());
      }
      write(vectors, from, dimension, rowBytes.clear(), scale.clear());
      read(row, 1, dimension, scale.flip(), into);
    }
  }

  static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
