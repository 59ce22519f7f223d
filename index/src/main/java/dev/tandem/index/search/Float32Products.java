package dev.tandem.index.search;

import dev.tandem.index.vector.VectorMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Products of the vectors as they are, off by what {@link ExactScore#errorBound} says, with the
 * lengths of this query and this row.
 */
final class Float32Products implements CoarseProducts {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Covers the three roundings of the bound and of what it is added to. */
  private static final double MARGIN = 1 + 0x1p-20;

  private final VectorMatrix queries;
  private final float relative;
  private final float absolute;
  private final FloatPointer products = new FloatPointer((long) QUERIES * ROWS);
  private final ByteBuffer productBytes;
  private final float[] row;
  private final float[] errors = new float[QUERIES];
  private FloatPointer block;
  private int count;
  private SearchRows rows;
  private int first;
  private int stretch;

  Float32Products(VectorMatrix queries) {
    this.queries = queries;
    this.row = new float[queries.dimension()];
    this.productBytes = products.asByteBuffer().order(ORDER);
    double absolute = ExactScore.errorBound(row.length, 0);
    // Adding the bound to the product rounds once more, by the product of lengths times 2^-24.
    double relative = ExactScore.errorBound(row.length, 1) - absolute + 4 * 0x1p-24;
    this.relative = Math.nextUp((float) (relative * MARGIN));
    this.absolute = Math.nextUp((float) (absolute * MARGIN));
  }

  @Override
  public void queries(int first, int count) {
    this.block = queries.pointer(first);
    this.count = count;
    for (int i = 0; i < count; i++) {
      queries.copyRow(first + i, row);
      errors[i] = Math.nextUp((float) (relative * ExactScore.norm(row, row.length)));
    }
  }

  @Override
  public void multiply(SearchRows rows, int from, int count) {
    this.rows = rows;
    this.first = from;
    this.stretch = count;
    InnerProducts.compute(block, this.count, rows.vectors(), from, count, products);
  }

  @Override
  public void upperBounds(int query, float[] upper) {
    float[] norms = rows.norms();
    FloatVector error = FloatVector.broadcast(FLOATS, errors[query]);
    int at = query * stretch * Float.BYTES;
    int i = 0;
    for (int end = FLOATS.loopBound(stretch); i < end; i += FLOATS.length()) {
      FloatVector.fromByteBuffer(FLOATS, productBytes, at + i * Float.BYTES, ORDER)
          .add(FloatVector.fromArray(FLOATS, norms, first + i).mul(error).add(absolute))
          .intoArray(upper, i);
    }
    for (; i < stretch; i++) {
      upper[i] = productBytes.getFloat(at + i * Float.BYTES) + error(query, rows, first + i);
    }
  }

  @Override
  public float error(int query, SearchRows rows, int row) {
    return rows.norms()[row] * errors[query] + absolute;
  }

  @Override
  public void close() {
    products.deallocate();
  }
}
