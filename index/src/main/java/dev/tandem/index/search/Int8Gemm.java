package dev.tandem.index.search;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_desc_init;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_init_by_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_s32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_s8;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_u8;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.const_dnnl_op_desc_t;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_matmul_desc_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc_t;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Products of unsigned by signed eight-bit matrices with 32-bit sums, by oneDNN: exact, as 65,536
 * products of 255 by 127 fit. Machine code is made once for each shape, of which a search has a
 * handful. Used by one thread.
 */
final class Int8Gemm implements AutoCloseable {

  /** The longest sums that cannot overflow. */
  static final int LONGEST = 1 << 16;

  private record Shape(int queries, int rows) {}

  private final int inner;
  private final dnnl_engine engine = new dnnl_engine();
  private final dnnl_stream stream = new dnnl_stream();
  private final Map<Shape, Product> products = new HashMap<>();
  private BytePointer scratchpad = new BytePointer(64L);

  /**
   * @param inner length of the sums, at most {@link #LONGEST}
   */
  Int8Gemm(int inner) {
    this.inner = inner;
    OneDnn.check("an engine", dnnl_engine_create(engine, dnnl_cpu, 0));
    OneDnn.check("a stream", dnnl_stream_create(stream, engine, dnnl_stream_default_flags));
  }

  /**
   * Multiplies.
   *
   * @param queries unsigned, [queryCount, inner]
   * @param rows signed, [rowCount, inner]
   * @param products receives [queryCount, rowCount] ints
   */
  void multiply(int queryCount, Pointer queries, int rowCount, Pointer rows, Pointer products) {
    this.products
        .computeIfAbsent(new Shape(queryCount, rowCount), Product::new)
        .run(queries, rows, products);
  }

  /** The machine code for one shape. */
  private final class Product {

    private final dnnl_primitive primitive = new dnnl_primitive();
    private final dnnl_memory[] operands = new dnnl_memory[4];
    private final dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(operands.length);

    Product(Shape shape) {
      int m = shape.queries;
      int n = shape.rows;
      dnnl_primitive_desc description = new dnnl_primitive_desc();
      dnnl_primitive_attr attributes = new dnnl_primitive_attr();
      try (dnnl_memory_desc_t left = matrix(dnnl_u8, m, inner, inner, 1);
          dnnl_memory_desc_t right = matrix(dnnl_s8, inner, n, 1, inner);
          dnnl_memory_desc_t result = matrix(dnnl_s32, m, n, n, 1);
          dnnl_matmul_desc_t product = new dnnl_matmul_desc_t()) {
        OneDnn.check("attributes", dnnl_primitive_attr_create(attributes));
        OneDnn.check(
            "attributes",
            dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
        OneDnn.check("a product", dnnl_matmul_desc_init(product, left, right, null, result));
        OneDnn.check(
            "a product",
            dnnl_primitive_desc_create(
                description, new const_dnnl_op_desc_t(product), attributes, engine, null));
        OneDnn.check("a product", dnnl_primitive_create(primitive, description));
        dnnl_memory_desc_t space =
            dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
        requireScratchpad(dnnl_memory_desc_get_size(space));
        bind(0, DNNL_ARG_SRC, left);
        bind(1, DNNL_ARG_WEIGHTS, right);
        bind(2, DNNL_ARG_DST, result);
        bind(3, DNNL_ARG_SCRATCHPAD, space);
        arguments.position(0);
      } finally {
        dnnl_primitive_desc_destroy(description);
        dnnl_primitive_attr_destroy(attributes);
      }
    }

    private void bind(int index, int role, dnnl_memory_desc_t layout) {
      operands[index] = new dnnl_memory();
      OneDnn.check(
          "an operand", dnnl_memory_create(operands[index], layout, engine, new Pointer()));
      arguments.position(index).arg(role).memory(operands[index]);
    }

    void run(Pointer queries, Pointer rows, Pointer result) {
      place(0, queries);
      place(1, rows);
      place(2, result);
      place(3, scratchpad);
      OneDnn.check(
          "a product", dnnl_primitive_execute(primitive, stream, operands.length, arguments));
    }

    private void place(int index, Pointer where) {
      OneDnn.check("an operand", dnnl_memory_set_data_handle(operands[index], where));
    }

    void close() {
      for (dnnl_memory operand : operands) {
        dnnl_memory_destroy(operand);
      }
      arguments.close();
      dnnl_primitive_destroy(primitive);
    }
  }

  private static dnnl_memory_desc_t matrix(
      int type, int rows, int columns, int rowStride, int columnStride) {
    dnnl_memory_desc_t layout = new dnnl_memory_desc_t();
    OneDnn.check(
        "a matrix",
        dnnl_memory_desc_init_by_strides(
            layout, 2, new long[] {rows, columns}, type, new long[] {rowStride, columnStride}));
    return layout;
  }

  private void requireScratchpad(long bytes) {
    if (scratchpad.capacity() < bytes) {
      scratchpad.deallocate();
      scratchpad = new BytePointer(bytes);
    }
  }

  @Override
  public void close() {
    products.values().forEach(Product::close);
    products.clear();
    scratchpad.deallocate();
    dnnl_stream_destroy(stream);
    dnnl_engine_destroy(engine);
  }
}
