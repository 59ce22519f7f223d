package dev.tandem.model.encoder;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_desc_init;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;

import java.util.Arrays;
import org.bytedeco.dnnl.const_dnnl_op_desc_t;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_matmul_desc_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc_t;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.Pointer;

/**
 * Machine code that oneDNN generated for operands of fixed shapes; where they lie is said at every
 * run. Its scratchpad is the caller's, as oneDNN's own would belong to the thread that made the
 * primitive, and an engine may move from thread to thread.
 */
final class DnnlPrimitive implements AutoCloseable {

  private static final Pointer NOWHERE = new Pointer();
  private static final int[] PRODUCT = {
    DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD
  };
  private static final int[] REORDER = {DNNL_ARG_FROM, DNNL_ARG_TO, DNNL_ARG_SCRATCHPAD};

  private final OneDnn dnnl;
  private final Place place = new Place();
  private final dnnl_primitive primitive = new dnnl_primitive();
  private final dnnl_memory[] operands;
  private final dnnl_exec_arg_t arguments;
  private final long scratchpadBytes;

  private DnnlPrimitive(
      OneDnn dnnl, dnnl_primitive_desc description, int[] roles, dnnl_memory_desc_t... layouts) {
    this.dnnl = dnnl;
    arguments = new dnnl_exec_arg_t(roles.length);
    operands = new dnnl_memory[roles.length];
    Arrays.setAll(operands, i -> new dnnl_memory());
    dnnl_memory_desc_t scratchpad =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    scratchpadBytes = dnnl_memory_desc_get_size(scratchpad);
    try {
      OneDnn.check("a primitive", dnnl_primitive_create(primitive, description));
      for (int i = 0; i < roles.length; i++) {
        dnnl_memory_desc_t layout = i < layouts.length ? layouts[i] : scratchpad;
        OneDnn.check("an operand", dnnl_memory_create(operands[i], layout, dnnl.engine(), NOWHERE));
        arguments.position(i).arg(roles[i]).memory(operands[i]);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    arguments.position(0);
  }

  /**
   * {@code result = left * right}, or {@code result += left * right}. Run it with left, right,
   * result and scratchpad.
   */
  static DnnlPrimitive product(
      OneDnn dnnl,
      dnnl_memory_desc_t left,
      dnnl_memory_desc_t right,
      dnnl_memory_desc_t result,
      boolean add) {
    dnnl_primitive_desc description = describeProduct(dnnl, left, right, result, add);
    try {
      return new DnnlPrimitive(dnnl, description, PRODUCT, left, right, result);
    } finally {
      dnnl_primitive_desc_destroy(description);
    }
  }

  /**
   * The layout of the right operand that suits a product best; the caller closes it.
   *
   * @param right in {@link OneDnn#anyLayout}
   */
  static dnnl_memory_desc_t bestRightLayout(
      OneDnn dnnl, dnnl_memory_desc_t left, dnnl_memory_desc_t right, dnnl_memory_desc_t result) {
    dnnl_primitive_desc description = describeProduct(dnnl, left, right, result, false);
    try {
      dnnl_memory_desc_t layout = new dnnl_memory_desc_t();
      dnnl_memory_desc_t best = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
      Pointer.memcpy(layout, best, layout.sizeof());
      return layout;
    } finally {
      dnnl_primitive_desc_destroy(description);
    }
  }

  private static dnnl_primitive_desc describeProduct(
      OneDnn dnnl,
      dnnl_memory_desc_t left,
      dnnl_memory_desc_t right,
      dnnl_memory_desc_t result,
      boolean add) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    dnnl_primitive_attr attributes = attributes(add);
    try (dnnl_matmul_desc_t product = new dnnl_matmul_desc_t()) {
      OneDnn.check("a product", dnnl_matmul_desc_init(product, left, right, null, result));
      OneDnn.check(
          "a product",
          dnnl_primitive_desc_create(
              description, new const_dnnl_op_desc_t(product), attributes, dnnl.engine(), null));
      return description;
    } finally {
      dnnl_primitive_attr_destroy(attributes);
    }
  }

  /** Converts and moves from one layout to another. Run it with source, target and scratchpad. */
  static DnnlPrimitive reorder(OneDnn dnnl, dnnl_memory_desc_t from, dnnl_memory_desc_t to) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    dnnl_primitive_attr attributes = attributes(false);
    try {
      OneDnn.check(
          "a reorder",
          dnnl_reorder_primitive_desc_create(
              description, from, dnnl.engine(), to, dnnl.engine(), attributes));
      return new DnnlPrimitive(dnnl, description, REORDER, from, to);
    } finally {
      dnnl_primitive_attr_destroy(attributes);
      dnnl_primitive_desc_destroy(description);
    }
  }

  private static dnnl_primitive_attr attributes(boolean add) {
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    dnnl_post_ops after = new dnnl_post_ops();
    try {
      OneDnn.check("attributes", dnnl_primitive_attr_create(attributes));
      OneDnn.check(
          "the scratchpad",
          dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
      if (add) {
        OneDnn.check("a sum", dnnl_post_ops_create(after));
        OneDnn.check("a sum", dnnl_post_ops_append_sum(after, 1));
        OneDnn.check("a sum", dnnl_primitive_attr_set_post_ops(attributes, after));
      }
      return attributes;
    } catch (RuntimeException e) {
      dnnl_primitive_attr_destroy(attributes);
      throw e;
    } finally {
      dnnl_post_ops_destroy(after);
    }
  }

  /** Bytes that the scratchpad must have, possibly none. */
  long scratchpadBytes() {
    return scratchpadBytes;
  }

  /** Says at which address an operand lies, in the order that the factory method tells. */
  DnnlPrimitive operand(int index, long address) {
    int status = dnnl_memory_set_data_handle(operands[index], place.at(address));
    OneDnn.check("an operand", status);
    return this;
  }

  /** An address for a native call, so that none has to be made for each. */
  private static final class Place extends Pointer {
    Place at(long where) {
      address = where;
      return this;
    }
  }

  /** Runs in the calling thread. */
  void run() {
    OneDnn.check(
        "a run", dnnl_primitive_execute(primitive, dnnl.stream(), operands.length, arguments));
  }

  /** Frees everything; oneDNN takes what was not made, a null handle, as nothing to do. */
  @Override
  public void close() {
    for (dnnl_memory operand : operands) {
      dnnl_memory_destroy(operand);
    }
    arguments.close();
    dnnl_primitive_destroy(primitive);
  }
}
