package dev.tandem.index.search;

import dev.tandem.index.vector.VectorMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;

/**
 * Products of vectors rounded to eight-bit integers, whose sums are exact.
 *
 * <p>The bound. A query is q = s b + f and a row p = t a + e, with scales s and t, integer vectors
 * b and a, and rests f and e. Then
 *
 * <pre>q p = s t (b a) + q e + f (t a),</pre>
 *
 * where b a is known exactly, and by the inequality of Cauchy and Schwarz the other two terms are
 * at most |q| |e| + |f| |t a| together. All four lengths are measured when vectors are rounded, so
 * nothing is assumed about how components are distributed or rounded; a vector with one large
 * component merely gets a wider bound.
 *
 * <p>What floats lose. With u = 2^-24, the term s t (b a) is converted and multiplied in three
 * roundings, the bound computed in four, and their sum and difference in one each; {@link
 * ExactScore#score} is within (u + 2 d 2^-53) |q| |p| of q p, which is at most 2 u |q| |p| for d up
 * to {@link Int8Gemm#LONGEST}. As |s b| is at most |q| + |f| and |p| at most |t a| + |e|, all of
 * that is less than 16 u ((|q| + |f|) |t a| + |q| |e|). So it is covered where |f| is taken larger
 * by 16 u (|q| + |f|) and |q| by a factor of 1 + 16 u; {@link #MARGIN} is somewhat more. Numbers
 * below the normal ones lose at most half of the smallest float in each of these steps and in the
 * exact score, for which the smallest normal one is added. Nothing gets larger than floats can be:
 * {@link ExactSearcher} lets the product of two lengths be an eighth of that at most, bounds reach
 * 4.4 times the product at {@link Int8Gemm#LONGEST} components, as rests are at most half a level a
 * component, and the search takes float32 for vectors longer than {@link
 * SearchRows#LARGEST_FOR_INT8}, for which what is computed on the way would be larger.
 */
final class Int8Products implements CoarseProducts {

  /** What is added to a query's levels, as the left operand of the product is unsigned. */
  static final int ZERO = 128;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final float MARGIN = 0x1p-19f;

  private final VectorMatrix queries;
  private final int stride;
  private final Int8Gemm gemm;
  private final BytePointer levels;
  private final ByteBuffer levelBytes;
  private final IntPointer products = new IntPointer((long) QUERIES * ROWS);
  private final ByteBuffer productBytes;
  private final float[] row;
  private final Int8Rounding rounding;
  private final float[] scales = new float[QUERIES];
  private final float[] rests = new float[QUERIES];
  private final float[] lengths = new float[QUERIES];
  private int count;
  private RoundedRows rows;
  private int first;
  private int stretch;

  Int8Products(VectorMatrix queries) {
    this.queries = queries;
    this.stride = RoundedRows.padded(queries.dimension());
    this.gemm = new Int8Gemm(stride);
    this.levels = new BytePointer((long) QUERIES * stride);
    this.levelBytes = levels.asByteBuffer();
    this.productBytes = products.asByteBuffer().order(ORDER);
    this.row = new float[queries.dimension()];
    this.rounding = new Int8Rounding(queries.dimension(), stride);
  }

  @Override
  public void queries(int first, int count) {
    this.count = count;
    levelBytes.clear();
    for (int i = 0; i < count; i++) {
      queries.copyRow(first + i, row);
      rounding.round(row);
      byte[] signed = rounding.levels();
      for (byte level : signed) {
        levelBytes.put((byte) (level + ZERO));
      }
      float length = Math.nextUp((float) ExactScore.norm(row, row.length));
      scales[i] = rounding.scale();
      rests[i] = rounding.rest() + MARGIN * (length + rounding.rest());
      lengths[i] = length * (1 + MARGIN);
    }
  }

  @Override
  public void multiply(SearchRows rows, int from, int count) {
    this.rows = rows.rounded();
    this.first = from;
    this.stretch = RoundedRows.padded(count);
    gemm.multiply(this.count, levels, stretch, this.rows.pointer(from), products);
  }

  @Override
  public void upperBounds(int query, float[] upper) {
    float scale = scales[query];
    FloatVector rest = FloatVector.broadcast(FLOATS, rests[query]);
    FloatVector length = FloatVector.broadcast(FLOATS, lengths[query]);
    float[] rowScales = rows.scales();
    float[] rowRests = rows.rests();
    float[] rowLengths = rows.lengths();
    int[] shifts = rows.shifts();
    int at = query * stretch * Integer.BYTES;
    for (int i = 0; i < stretch; i += FLOATS.length()) {
      int r = first + i;
      FloatVector product =
          (FloatVector)
              IntVector.fromByteBuffer(INTS, productBytes, at + i * Integer.BYTES, ORDER)
                  .sub(IntVector.fromArray(INTS, shifts, r))
                  .convert(VectorOperators.I2F, 0);
      FloatVector error =
          FloatVector.fromArray(FLOATS, rowRests, r)
              .fma(length, FloatVector.fromArray(FLOATS, rowLengths, r).mul(rest))
              .add(Float.MIN_NORMAL);
      product
          .mul(FloatVector.fromArray(FLOATS, rowScales, r))
          .mul(scale)
          .add(error)
          .intoArray(upper, i);
    }
  }

  @Override
  public float error(int query, SearchRows rows, int row) {
    RoundedRows rounded = rows.rounded();
    return Math.fma(rounded.rests()[row], lengths[query], rounded.lengths()[row] * rests[query])
        + Float.MIN_NORMAL;
  }

  @Override
  public void close() {
    gemm.close();
    levels.deallocate();
    products.deallocate();
  }
}
