package dev.tandem.model.encoder;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_init_by_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_init_by_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc_t;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What oneDNN needs to run anything, for one thread at a time: its engine, its stream, and
 * descriptions of memory. Whoever makes it closes it.
 */
final class OneDnn implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);
  private static final ThreadLocal<Boolean> ONE_THREAD = new ThreadLocal<>();

  private final dnnl_engine engine = new dnnl_engine();
  private final dnnl_stream stream = new dnnl_stream();

  /** Found once, at the first use. */
  private static final class Library {
    static final boolean PRESENT = load();

    private static boolean load() {
      try {
        // ND4J first: its native operations cannot be touched before it has chosen its backend.
        Nd4j.getBackend();
        Loader.load(dnnl.class);
        return true;
      } catch (LinkageError e) {
        LOG.info("oneDNN is not used: {}", e.toString());
        return false;
      }
    }
  }

  /** Whether oneDNN can be loaded here; it is published for x86_64 only. */
  static boolean present() {
    return Library.PRESENT;
  }

  /**
   * @throws IllegalStateException where oneDNN is not {@link #present}
   */
  OneDnn() {
    if (!present()) {
      throw new IllegalStateException("there is no oneDNN for this platform");
    }
    check("an engine", dnnl_engine_create(engine, dnnl_cpu, 0));
    check("a stream", dnnl_stream_create(stream, engine, dnnl_stream_default_flags));
  }

  dnnl_engine engine() {
    return engine;
  }

  dnnl_stream stream() {
    return stream;
  }

  /** A matrix whose rows or columns are contiguous; the caller closes it. */
  static dnnl_memory_desc_t matrix(
      int type, int rows, int columns, int rowStride, int columnStride) {
    dnnl_memory_desc_t layout = new dnnl_memory_desc_t();
    check(
        "a matrix",
        dnnl_memory_desc_init_by_strides(
            layout, 2, new long[] {rows, columns}, type, new long[] {rowStride, columnStride}));
    return layout;
  }

  /** A matrix in whatever layout suits a product best; the caller closes it. */
  static dnnl_memory_desc_t anyLayout(int type, int rows, int columns) {
    dnnl_memory_desc_t layout = new dnnl_memory_desc_t();
    check(
        "a matrix",
        dnnl_memory_desc_init_by_tag(
            layout, 2, new long[] {rows, columns}, type, dnnl_format_tag_any));
    return layout;
  }

  /**
   * Keeps oneDNN from starting threads of its own when called from this thread, as parallelism
   * comes from the task slots. Its threads are those of OpenMP, whose runtime it shares with ND4J;
   * the OpenMP loops of ND4J in this thread become serial too.
   */
  static void useOneThread() {
    if (ONE_THREAD.get() == null) {
      NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
      ONE_THREAD.set(Boolean.TRUE);
    }
  }

  /**
   * Checks what a call returned.
   *
   * @throws IllegalStateException if it is an error
   */
  static void check(String what, int status) {
    if (status != dnnl_success) {
      throw new IllegalStateException("oneDNN failed on " + what + " with status " + status);
    }
  }

  @Override
  public void close() {
    dnnl_stream_destroy(stream);
    dnnl_engine_destroy(engine);
  }
}
