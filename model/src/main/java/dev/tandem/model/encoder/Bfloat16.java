package dev.tandem.model.encoder;

/** The upper half of a float32: its sign, its 8 bits of exponent and 7 bits of fraction. */
public final class Bfloat16 {
  private static final int SHIFT = 16;
  private static final int QUIET_NAN = 0x40;

  private Bfloat16() {}

  /**
   * The nearest bfloat16, of two equally near ones the even. The relative error is at most 2^-8 of
   * a normal number's, half of the last place; what is beyond the largest finite number by half a
   * place or more becomes infinite; NaN stays NaN.
   */
  public static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) { // rounding could carry a NaN over to infinity
      return (short) (bits >>> SHIFT | QUIET_NAN);
    }
    return (short) (bits + 0x7fff + (bits >>> SHIFT & 1) >>> SHIFT);
  }

  /** The number, exactly. */
  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << SHIFT);
  }
}
