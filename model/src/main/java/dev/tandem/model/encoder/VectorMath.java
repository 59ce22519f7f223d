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

  // As vectors made once: C2 gives up inlining in a loop with many calls, and a vector that is made
  // in a call that is not inlined is allocated.
  private static final FloatVector LOG2_E_LANES = broadcast(LOG2_E);
  private static final FloatVector MINUS_LN2_HIGH_LANES = broadcast(-LN2_HIGH);
  private static final FloatVector MINUS_LN2_LOW_LANES = broadcast(-LN2_LOW);
  private static final FloatVector ROUNDING_MAGIC_LANES = broadcast(ROUNDING_MAGIC);
  private static final FloatVector EXP_LOWEST_LANES = broadcast(EXP_LOWEST);
  private static final FloatVector ONE = broadcast(1);

  private static final FloatVector EXP_0 = broadcast(1.9875691500e-4f);
  private static final FloatVector EXP_1 = broadcast(1.3981999507e-3f);
  private static final FloatVector EXP_2 = broadcast(8.3334519073e-3f);
  private static final FloatVector EXP_3 = broadcast(4.1665795894e-2f);
  private static final FloatVector EXP_4 = broadcast(1.6666665459e-1f);
  private static final FloatVector EXP_5 = broadcast(5.0000001201e-1f);

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

  private static final FloatVector ERF_LIMIT_LANES = broadcast(ERF_LIMIT);
  private static final FloatVector MINUS_ERF_LIMIT_LANES = broadcast(-ERF_LIMIT);
  private static final FloatVector ERF_P_0 = broadcast(ERF_P[0]);
  private static final FloatVector ERF_P_1 = broadcast(ERF_P[1]);
  private static final FloatVector ERF_P_2 = broadcast(ERF_P[2]);
  private static final FloatVector ERF_P_3 = broadcast(ERF_P[3]);
  private static final FloatVector ERF_P_4 = broadcast(ERF_P[4]);
  private static final FloatVector ERF_P_5 = broadcast(ERF_P[5]);
  private static final FloatVector ERF_P_6 = broadcast(ERF_P[6]);
  private static final FloatVector ERF_Q_0 = broadcast(ERF_Q[0]);
  private static final FloatVector ERF_Q_1 = broadcast(ERF_Q[1]);
  private static final FloatVector ERF_Q_2 = broadcast(ERF_Q[2]);
  private static final FloatVector ERF_Q_3 = broadcast(ERF_Q[3]);
  private static final FloatVector ERF_Q_4 = broadcast(ERF_Q[4]);

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
    FloatVector limited = x.max(EXP_LOWEST_LANES);
    FloatVector shifted = limited.mul(LOG2_E_LANES).add(ROUNDING_MAGIC_LANES);
    FloatVector whole = shifted.sub(ROUNDING_MAGIC_LANES);
    FloatVector rest = whole.fma(MINUS_LN2_HIGH_LANES, limited);
    rest = whole.fma(MINUS_LN2_LOW_LANES, rest);
    FloatVector p = EXP_0.fma(rest, EXP_1);
    p = p.fma(rest, EXP_2);
    p = p.fma(rest, EXP_3);
    p = p.fma(rest, EXP_4);
    p = p.fma(rest, EXP_5);
    p = p.fma(rest.mul(rest), rest).add(ONE);
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
    FloatVector limited = x.max(MINUS_ERF_LIMIT_LANES).min(ERF_LIMIT_LANES);
    FloatVector square = limited.mul(limited);
    FloatVector p = ERF_P_0.fma(square, ERF_P_1);
    p = p.fma(square, ERF_P_2);
    p = p.fma(square, ERF_P_3);
    p = p.fma(square, ERF_P_4);
    p = p.fma(square, ERF_P_5);
    p = p.fma(square, ERF_P_6).mul(limited);
    FloatVector q = ERF_Q_0.fma(square, ERF_Q_1);
    q = q.fma(square, ERF_Q_2);
    q = q.fma(square, ERF_Q_3);
    q = q.fma(square, ERF_Q_4);
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

  /** All lanes the same value. */
  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
