package dev.tandem.index.vector;

/**
 * IEEE 754 half precision, binary16: sign, 5 bits of exponent, 10 of fraction. Java 17 has no
 * conversion of its own.
 */
final class Float16 {

  /** The least magnitude that rounds to infinity: half a unit above the largest, 65504. */
  static final float OVERFLOW = 65520;

  private static final int SIGN = 0x8000;
  private static final int INFINITY = 0x7C00;

  /** How far the exponents' biases lie apart, as a factor: 127 - 15 = 112. */
  private static final float BIAS = 0x1p112f;

  /**
   * Added to a magnitude below 2^-14, this leaves its multiple of 2^-24, rounded to nearest even,
   * in the lowest bits: the last bit of a float in [1/2, 1) is worth 2^-24.
   */
  private static final float SUBNORMAL = 0.5f;

  private static final int SUBNORMAL_BITS = Float.floatToRawIntBits(SUBNORMAL);
  private static final int SMALLEST_NORMAL_BITS = Float.floatToRawIntBits(0x1p-14f);

  private Float16() {}

  /**
   * The nearest half, ties to even.
   *
   * @param value below {@link #OVERFLOW} in magnitude
   */
  static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & SIGN;
    int magnitude = bits & 0x7FFFFFFF;
    if (magnitude < SMALLEST_NORMAL_BITS) {
      float shifted = Float.intBitsToFloat(magnitude) + SUBNORMAL;
      return (short) (sign | (Float.floatToRawIntBits(shifted) - SUBNORMAL_BITS));
    }
    // Half of what is cut off, less one where the bit that stays last is even: carries where it is
    // more than a half, or a half and the last bit odd. A carry out of the fraction raises the
    // exponent, as it should.
    int rounded = magnitude + 0xFFF + ((magnitude >>> 13) & 1);
    return (short) (sign | ((rounded - SMALLEST_NORMAL_BITS + (1 << 23)) >>> 13));
  }

  /** The same number as a float; infinities and NaNs stay such. */
  static float toFloat(short half) {
    int magnitude = (half & 0x7FFF) << 13;
    // As a float of the same fraction, too small by the difference of the biases; a subnormal half
    // is then a subnormal float, which the product makes normal, exactly.
    int bits = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) * BIAS);
    if (magnitude >= INFINITY << 13) {
      bits |= 0x7F800000;
    }
    return Float.intBitsToFloat(bits | (half & SIGN) << 16);
  }

  /** As {@link #toFloat}, for each element. */
  static void toFloats(short[] halves, float[] into) {
    for (int i = 0; i < halves.length; i++) {
      into[i] = toFloat(halves[i]);
    }
  }
}
