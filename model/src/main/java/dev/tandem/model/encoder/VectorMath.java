package dev.tandem.model.encoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shape of all kernels, loads and stores on native-order bytes, and elementary
 * functions.
 */
final class VectorMath {

  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Floats in a vector. */
  static final int LANES = SPECIES.length();

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final float LOG2_E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  /** Adding it rounds to an integer, which then stands in the low bits of the sum. */
  private static final float ROUNDING_MAGIC = 12582912f;

  private static final int ONE_BITS = 0x3f800000;
  private static final int MANTISSA_BITS = 23;

  /** Below it, exp is the smallest normal number. */
  private static final float EXP_LOWEST = -87.33654f;

  private static final float ERF_LIMIT = 4f;

  /**
   * Numerator and denominator of erf(x) / x in powers of x * x, highest first, as Eigen has them.
   */
  private static final float[] ERF_P = {
    -2.72614225801306e-10f,
    2.77068142495902e-08f,
    -2.10102402082508e-06f,
    -5.69250639462346e-05f,
    -7.34990630326855e-04f,
    -2.95459980854025e-03f,
    -1.60960333262415e-02f
  };

  private static final float[] ERF_Q = {
    -1.45660718464996e-05f,
    -2.13374055278905e-04f,
    -1.68282697438203e-03f,
    -7.37332916720468e-03f,
    -1.42647390514189e-02f
  };

  private VectorMath() {}

  /** Loads a vector from a float index. */
  static FloatVector load(ByteBuffer bytes, int index) {
    return FloatVector.fromByteBuffer(SPECIES, bytes, index << 2, ORDER);
  }

  /** Stores a vector at a float index. */
  static void store(FloatVector vector, ByteBuffer bytes, int index) {
    vector.intoByteBuffer(bytes, index << 2, ORDER);
  }

  static float get(ByteBuffer bytes, int index) {
    return bytes.getFloat(index << 2);
  }

  static void put(ByteBuffer bytes, int index, float value) {
    bytes.putFloat(index << 2, value);
  }

  /** The largest index up to which a loop over {@code size} elements goes in whole vectors. */
  static int wholeVectors(int size) {
    return SPECIES.loopBound(size);
  }

  /** {@code size} rounded up to whole vectors. */
  static int roundUp(int size) {
    return SPECIES.loopBound(size + LANES - 1);
  }

  /**
   * e to the power x for x up to about 0, with a relative error below 2e-7; what is below the
   * logarithm of the smallest normal number counts as that. Range reduction by ln 2 in two parts
   * and the Cephes polynomial.
   */
  static FloatVector expOfNonPositive(FloatVector x) {
    FloatVector limited = x.max(EXP_LOWEST);
    FloatVector shifted = limited.mul(LOG2_E).add(ROUNDING_MAGIC);
    FloatVector whole = shifted.sub(ROUNDING_MAGIC);
    FloatVector rest = horner(whole, broadcast(-LN2_HIGH), limited);
    rest = horner(whole, broadcast(-LN2_LOW), rest);
    FloatVector p = horner(broadcast(1.9875691500e-4f), rest, broadcast(1.3981999507e-3f));
    p = horner(p, rest, broadcast(8.3334519073e-3f));
    p = horner(p, rest, broadcast(4.1665795894e-2f));
    p = horner(p, rest, broadcast(1.6666665459e-1f));
    p = horner(p, rest, broadcast(5.0000001201e-1f));
    p = horner(p, rest.mul(rest), rest).add(1f);
    FloatVector powerOfTwo =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .add(ONE_BITS)
            .reinterpretAsFloats();
    return p.mul(powerOfTwo);
  }

  /**
   * The error function with an absolute error below 2e-7: an odd rational approximation on [-4, 4],
   * beyond which it is 1 to the last bit of a float.
   */
  static FloatVector erf(FloatVector x) {
    FloatVector limited = x.max(-ERF_LIMIT).min(ERF_LIMIT);
    FloatVector square = limited.mul(limited);
    FloatVector p = horner(broadcast(ERF_P[0]), square, broadcast(ERF_P[1]));
    p = horner(p, square, broadcast(ERF_P[2]));
    p = horner(p, square, broadcast(ERF_P[3]));
    p = horner(p, square, broadcast(ERF_P[4]));
    p = horner(p, square, broadcast(ERF_P[5]));
    p = horner(p, square, broadcast(ERF_P[6])).mul(limited);
    FloatVector q = horner(broadcast(ERF_Q[0]), square, broadcast(ERF_Q[1]));
    q = horner(q, square, broadcast(ERF_Q[2]));
    q = horner(q, square, broadcast(ERF_Q[3]));
    q = horner(q, square, broadcast(ERF_Q[4]));
    return p.div(q);
  }

  /** The scalar form of {@link #erf(FloatVector)}, for the ends of rows. */
  static float erf(float x) {
    float limited = Math.max(-ERF_LIMIT, Math.min(ERF_LIMIT, x));
    float square = limited * limited;
    float p = 0;
    for (float coefficient : ERF_P) {
      p = p * square + coefficient;
    }
    float q = 0;
    for (float coefficient : ERF_Q) {
      q = q * square + coefficient;
    }
    return p * limited / q;
  }

  /** {@code p * x + coefficient}, one step of Horner's rule. */
  private static FloatVector horner(FloatVector p, FloatVector x, FloatVector coefficient) {
    return p.fma(x, coefficient);
  }

  /** All lanes the same value. */
  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
