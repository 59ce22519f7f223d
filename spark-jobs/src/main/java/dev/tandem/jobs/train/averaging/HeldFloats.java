package dev.tandem.jobs.train.averaging;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A copy of an array on the heap, in pieces small enough for the garbage collector's regions. */
final class HeldFloats {
  private final float[][] pieces;
  private final long length;

  /** Zeros. */
  HeldFloats(long length) {
    this.length = length;
    this.pieces =
        new float[Math.toIntExact((length + HostAccess.STRETCH - 1) / HostAccess.STRETCH)][];
    for (int i = 0; i < pieces.length; i++) {
      long from = (long) i * HostAccess.STRETCH;
      pieces[i] = new float[(int) Math.min(HostAccess.STRETCH, length - from)];
    }
  }

  long length() {
    return length;
  }

  /** Takes over an array's elements. */
  void copyFrom(INDArray array) {
    HostAccess source = access(array);
    for (int i = 0; i < pieces.length; i++) {
      source.read((long) i * HostAccess.STRETCH, pieces[i], pieces[i].length);
    }
  }

  /** Overwrites an array's elements. */
  void copyTo(INDArray array) {
    HostAccess target = access(array);
    for (int i = 0; i < pieces.length; i++) {
      target.write((long) i * HostAccess.STRETCH, pieces[i], pieces[i].length);
    }
  }

  private HostAccess access(INDArray array) {
    if (array.length() != length) {
      throw new IllegalArgumentException(
          "%d numbers do not fit an array of %d".formatted(length, array.length()));
    }
    return HostAccess.of(array);
  }
}
