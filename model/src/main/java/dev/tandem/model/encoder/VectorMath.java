package dev.tandem.model.encoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
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

  private static final float EXP_HIGHEST = 88f;

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
   * e to the power x with a relative error below 2e-7; arguments are limited to the range of normal
   * floats. Range reduction by ln 2 in two parts and the Cephes polynomial.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector limited = x.max(EXP_LOWEST).min(EXP_HIGHEST);
    FloatVector shifted = limited.mul(LOG2_E).add(ROUNDING_MAGIC);
    FloatVector whole = shifted.sub(ROUNDING_MAGIC);
    FloatVector rest = whole.mul(-LN2_HIGH).add(limited);
    rest = whole.fma(broadcast(-LN2_LOW), rest);
    FloatVector p = rest.mul(1.9875691500e-4f).add(1.3981999507e-3f);
    p = p.fma(rest, broadcast(8.3334519073e-3f));
    p = p.fma(rest, broadcast(4.1665795894e-2f));
    p = p.fma(rest, broadcast(1.6666665459e-1f));
    p = p.fma(rest, broadcast(5.0000001201e-1f));
    p = p.fma(rest.mul(rest), rest).add(1f);
    FloatVector powerOfTwo =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .add(ONE_BITS)
            .reinterpretAsFloats();
    return p.mul(powerOfTwo);
  }

  /**
   * The standard normal distribution function, given {@code e = exp(-x*x/2)}, with an absolute
   * error below 2e-7 (Abramowitz and Stegun 7.1.26).
   */
  static FloatVector normalCdf(FloatVector x, FloatVector e) {
    FloatVector t =
        broadcast(1f).div(x.abs().fma(broadcast(0.3275911f * 0.70710678f), broadcast(1f)));
    FloatVector p = t.mul(1.061405429f * 0.5f).add(-1.453152027f * 0.5f);
    p = p.fma(t, broadcast(1.421413741f * 0.5f));
    p = p.fma(t, broadcast(-0.284496736f * 0.5f));
    p = p.fma(t, broadcast(0.254829592f * 0.5f));
    FloatVector tail = p.mul(t).mul(e);
    VectorMask<Float> negative = x.compare(VectorOperators.LT, 0f);
    return broadcast(1f).sub(tail).blend(tail, negative);
  }

  /** The scalar form of {@link #normalCdf(FloatVector, FloatVector)}, for the ends of rows. */
  static float normalCdf(float x) {
    double t = 1 / (1 + 0.3275911 * 0.7071067811865476 * Math.abs(x));
    double p =
        t
            * (0.254829592
                + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    double tail = 0.5 * p * Math.exp(-0.5 * x * (double) x);
    return (float) (x < 0 ? tail : 1 - tail);
  }

  /** All lanes the same value. */
  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
