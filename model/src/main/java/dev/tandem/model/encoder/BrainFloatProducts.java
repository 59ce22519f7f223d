package dev.tandem.model.encoder;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.dnnl.dnnl_memory_desc_t;

/**
 * Matrix products of bfloat16 operands with float32 sums, by oneDNN. Operands come as float32 and
 * are converted in chunks of {@value #CHUNK} rows, so that what is converted is still in cache when
 * it is multiplied.
 *
 * <p>Machine code is made once for a shape. Rows come in multiples of {@link
 * LinearLayer#ROW_MULTIPLE} up to a chunk, so there are few shapes and their number is bounded. Not
 * thread-safe.
 */
final class BrainFloatProducts implements AutoCloseable {

  /** Rows converted and multiplied at once. */
  static final int CHUNK = 256;

  /** A product: rows of the result, length of its sums, columns of the result. */
  private record Shape(boolean packed, int rows, int inner, int columns, boolean add) {}

  private record Packing(int inner, int columns, boolean transposed) {}

  private record PackedShape(int inner, int columns) {}

  /** Bytes of a bfloat16. */
  private static final int BYTES = 2;

  private static final Cleaner CLEANER = Cleaner.create();

  private final Native natives = new Native();
  private final Cleaner.Cleanable cleanable = CLEANER.register(this, natives::free);
  private final OneDnn dnnl = natives.dnnl;
  private final Map<Shape, DnnlPrimitive> products = natives.products;
  private final Map<Packing, DnnlPrimitive> packings = natives.packings;
  private final Map<PackedShape, dnnl_memory_desc_t> layouts = natives.layouts;
  private final ByteMemory left = new ByteMemory();
  private final ByteMemory right = new ByteMemory();
  private final ByteMemory scratchpad = new ByteMemory();

  /**
   * What oneDNN allocates, which JavaCPP does not free with its Java objects. It is freed by {@link
   * #close}, or when the products are garbage: DL4J drops graphs without closing their layers.
   */
  private static final class Native {
    private static final AtomicInteger ALIVE = new AtomicInteger();

    private final OneDnn dnnl = new OneDnn();
    private final Map<Shape, DnnlPrimitive> products = new HashMap<>();
    private final Map<Packing, DnnlPrimitive> packings = new HashMap<>();
    private final Map<PackedShape, dnnl_memory_desc_t> layouts = new HashMap<>();

    Native() {
      ALIVE.incrementAndGet();
    }

    void free() {
      products.values().forEach(DnnlPrimitive::close);
      packings.values().forEach(DnnlPrimitive::close);
      layouts.values().forEach(dnnl_memory_desc_t::close);
      products.clear();
      packings.clear();
      layouts.clear();
      dnnl.close();
      ALIVE.decrementAndGet();
    }
  }

  /** How many in this process have not been freed, for tests. */
  static int alive() {
    return Native.ALIVE.get();
  }

  /**
   * Converts a weight and moves it into the layout in which {@link #multiplyPacked} takes it.
   *
   * @param weight [inner, columns], or its transpose
   * @param transposed whether it is the transpose
   * @param target receives the packed weight
   */
  void pack(int inner, int columns, FloatMemory weight, boolean transposed, ByteMemory target) {
    OneDnn.useOneThread();
    DnnlPrimitive packing =
        packings.computeIfAbsent(
            new Packing(inner, columns, transposed),
            p -> {
              int rowStride = transposed ? 1 : columns;
              int columnStride = transposed ? inner : 1;
              try (dnnl_memory_desc_t from =
                  OneDnn.matrix(dnnl_f32, inner, columns, rowStride, columnStride)) {
                return DnnlPrimitive.reorder(dnnl, from, packedLayout(inner, columns));
              }
            });
    target.require(dnnl_memory_desc_get_size(packedLayout(inner, columns)));
    scratchpad.require(packing.scratchpadBytes());
    packing
        .operand(0, weight.address())
        .operand(1, target.address())
        .operand(2, scratchpad.address())
        .run();
    Reference.reachabilityFence(this);
  }

  /** The layout of packed weights, [inner, columns]. */
  private dnnl_memory_desc_t packedLayout(int inner, int columns) {
    return layouts.computeIfAbsent(
        new PackedShape(inner, columns),
        shape -> {
          try (dnnl_memory_desc_t l = OneDnn.matrix(dnnl_bf16, CHUNK, inner, inner, 1);
              dnnl_memory_desc_t r = OneDnn.anyLayout(dnnl_bf16, inner, columns);
              dnnl_memory_desc_t y = OneDnn.matrix(dnnl_f32, CHUNK, columns, columns, 1)) {
            return DnnlPrimitive.bestRightLayout(dnnl, l, r, y);
          }
        });
  }

  /**
   * {@code y = x * weight}, or {@code y += x * weight}.
   *
   * @param x [tokens, inner]
   * @param weight [inner, columns] in the {@linkplain #packedLayout layout} for that
   * @param y [tokens, columns], with room for {@link LinearLayer#roundUp} rows
   */
  void multiplyPacked(
      int tokens,
      int inner,
      int columns,
      FloatMemory x,
      ByteMemory weight,
      boolean add,
      FloatMemory y) {
    requireRoom("the product", y, (long) LinearLayer.roundUp(tokens) * columns);
    OneDnn.useOneThread();
    left.require((long) CHUNK * inner * BYTES);
    for (int first = 0; first < tokens; first += CHUNK) {
      int rows = Math.min(CHUNK, tokens - first);
      BrainFloatKernel.convert(x, (long) first * inner, left.bytes(), rows * inner);
      run(
          new Shape(true, LinearLayer.roundUp(rows), inner, columns, add),
          weight.address(),
          y.address() + (long) first * columns * Float.BYTES);
    }
  }

  /**
   * {@code result = a^T * b}.
   *
   * @param a [tokens, rows]
   * @param b [tokens, columns]
   * @param result [rows, columns]
   */
  void multiplyTransposed(
      int tokens, int rows, int columns, FloatMemory a, FloatMemory b, FloatMemory result) {
    requireRoom("the product", result, (long) rows * columns);
    OneDnn.useOneThread();
    left.require((long) CHUNK * rows * BYTES);
    right.require((long) CHUNK * columns * BYTES);
    for (int first = 0; first < tokens; first += CHUNK) {
      int count = Math.min(CHUNK, tokens - first);
      int padded = LinearLayer.roundUp(count);
      BrainFloatKernel.convert(a, (long) first * rows, left.bytes(), count * rows);
      BrainFloatKernel.convert(b, (long) first * columns, right.bytes(), count * columns);
      clear(left, count * rows, padded * rows);
      clear(right, count * columns, padded * columns);
      run(new Shape(false, rows, padded, columns, first > 0), right.address(), result.address());
    }
  }

  private static void clear(ByteMemory memory, int from, int to) {
    for (int i = from; i < to; i++) {
      memory.bytes().putShort(i * BYTES, (short) 0);
    }
  }

  private void run(Shape shape, long rightOperand, long result) {
    DnnlPrimitive product = products.get(shape);
    if (product == null) {
      product = generate(shape);
      products.put(shape, product);
      scratchpad.require(product.scratchpadBytes());
    }
    product
        .operand(0, left.address())
        .operand(1, rightOperand)
        .operand(2, result)
        .operand(3, scratchpad.address())
        .run();
    Reference.reachabilityFence(this);
  }

  private DnnlPrimitive generate(Shape s) {
    try (dnnl_memory_desc_t y = OneDnn.matrix(dnnl_f32, s.rows, s.columns, s.columns, 1)) {
      if (s.packed) {
        try (dnnl_memory_desc_t l = OneDnn.matrix(dnnl_bf16, s.rows, s.inner, s.inner, 1)) {
          return DnnlPrimitive.product(dnnl, l, packedLayout(s.inner, s.columns), y, s.add);
        }
      }
      try (dnnl_memory_desc_t l = OneDnn.matrix(dnnl_bf16, s.rows, s.inner, 1, s.rows);
          dnnl_memory_desc_t r = OneDnn.matrix(dnnl_bf16, s.inner, s.columns, s.columns, 1)) {
        return DnnlPrimitive.product(dnnl, l, r, y, s.add);
      }
    }
  }

  private static void requireRoom(String what, FloatMemory memory, long floats) {
    if (memory.size() < floats) {
      throw new IllegalArgumentException(
          what + " needs room for " + floats + " floats, not " + memory.size());
    }
  }

  @Override
  public void close() {
    cleanable.clean();
    left.close();
    right.close();
    scratchpad.close();
  }
}
