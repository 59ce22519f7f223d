package dev.tandem.model.encoder;

import static dev.tandem.model.encoder.VectorMath.LANES;
import static dev.tandem.model.encoder.VectorMath.SPECIES;
import static dev.tandem.model.encoder.VectorMath.get;
import static dev.tandem.model.encoder.VectorMath.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Conversion of stretches of float32 to {@link Bfloat16}, rounded as it rounds. Infinities stay,
 * and so do the NaNs that arithmetic makes.
 */
final class BrainFloatKernel {

  private static final VectorSpecies<Short> HALF =
      VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int DROPPED_BITS = 16;

  /** One less than half of the last bit that is kept. */
  private static final int BELOW_HALF = 0x7fff;

  private BrainFloatKernel() {}

  /**
   * Converts a stretch.
   *
   * @param source has {@code count} numbers from {@code offset} on
   * @param target receives them from its beginning, two bytes each
   */
  static void convert(FloatMemory source, long offset, ByteBuffer target, int count) {
    ByteBuffer from = source.bytes();
    int start = (int) offset;
    int i = 0;
    for (int end = VectorMath.wholeVectors(count); i < end; i += LANES) {
      rounded(load(from, start + i).reinterpretAsInts()).intoByteBuffer(target, i << 1, ORDER);
    }
    for (; i < count; i++) {
      target.putShort(i << 1, Bfloat16.of(get(from, start + i)));
    }
  }

  private static ShortVector rounded(IntVector bits) {
    IntVector lastKept = bits.lanewise(VectorOperators.LSHR, DROPPED_BITS).and(1);
    IntVector sum = bits.add(lastKept).add(BELOW_HALF);
    return (ShortVector)
        sum.lanewise(VectorOperators.LSHR, DROPPED_BITS).convertShape(VectorOperators.I2S, HALF, 0);
  }
}
