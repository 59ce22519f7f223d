package dev.tandem.model.loss;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A matrix copied to the heap, row after row, read and written a row at a time in double precision.
 * Its element type is FLOAT or DOUBLE, that of the array it was read from.
 */
abstract class Rows {
  private final int rows;
  private final int columns;

  private Rows(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /** A copy of a matrix, of any order and strides. */
  static Rows read(INDArray matrix) {
    // dup, because a view's buffer may begin elsewhere or hold other elements in between
    return readRowMajor(matrix.dup('c'), matrix.rows(), matrix.columns());
  }

  /** A copy of an f-order, contiguous [columns, rows] matrix, transposed at no cost. */
  static Rows readTransposed(INDArray matrix) {
    return readRowMajor(matrix, matrix.columns(), matrix.rows());
  }

  private static Rows readRowMajor(INDArray contiguous, int rows, int columns) {
    if (contiguous.dataType() == DataType.DOUBLE) {
      double[] values = new double[Math.multiplyExact(rows, columns)];
      contiguous.data().asNioDouble().get(values);
      return new Doubles(rows, columns, values);
    }
    float[] values = new float[Math.multiplyExact(rows, columns)];
    contiguous.data().asNioFloat().get(values);
    return new Floats(rows, columns, values);
  }

  /** A matrix of zeros. */
  static Rows zeros(DataType type, int rows, int columns) {
    int size = Math.multiplyExact(rows, columns);
    return type == DataType.DOUBLE
        ? new Doubles(rows, columns, new double[size])
        : new Floats(rows, columns, new float[size]);
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  /** Copies a row to {@code into}, its first element to index {@code at}. */
  abstract void get(int row, double[] into, int at);

  /** Copies a row from {@code from}, its first element from index {@code at}. */
  abstract void put(int row, double[] from, int at);

  /** The matrix as a c-order array [rows, columns]. */
  abstract INDArray toArray();

  /** The transpose as an f-order array [columns, rows], the order in which gemm is fastest. */
  abstract INDArray toTransposedArray();

  private static final class Floats extends Rows {
    private final float[] values;

    Floats(int rows, int columns, float[] values) {
      super(rows, columns);
      this.values = values;
    }

    @Override
    void get(int row, double[] into, int at) {
      int from = row * columns();
      for (int j = 0; j < columns(); j++) {
        into[at + j] = values[from + j];
      }
    }

    @Override
    void put(int row, double[] from, int at) {
      int to = row * columns();
      for (int j = 0; j < columns(); j++) {
        values[to + j] = (float) from[at + j];
      }
    }

    @Override
    INDArray toArray() {
      return Nd4j.create(values, new long[] {rows(), columns()}, DataType.FLOAT);
    }

    @Override
    INDArray toTransposedArray() {
      return Nd4j.create(
          values, new long[] {columns(), rows()}, new long[] {1, columns()}, 'f', DataType.FLOAT);
    }
  }

  private static final class Doubles extends Rows {
    private final double[] values;

    Doubles(int rows, int columns, double[] values) {
      super(rows, columns);
      this.values = values;
    }

    @Override
    void get(int row, double[] into, int at) {
      System.arraycopy(values, row * columns(), into, at, columns());
    }

    @Override
    void put(int row, double[] from, int at) {
      System.arraycopy(from, at, values, row * columns(), columns());
    }

    @Override
    INDArray toArray() {
      return Nd4j.create(values, new long[] {rows(), columns()}, DataType.DOUBLE);
    }

    @Override
    INDArray toTransposedArray() {
      return Nd4j.create(
          values, new long[] {columns(), rows()}, new long[] {1, columns()}, 'f', DataType.DOUBLE);
    }
  }
}
