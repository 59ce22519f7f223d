package dev.tandem.index.search;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_vnni;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether oneDNN is here, and what it can do on this CPU. The encoder has its own, larger one, as
 * modules {@code model} and {@code index} do not know each other; what both need is the library,
 * and that has its place in Maven.
 *
 * <p>oneDNN takes as many threads as {@code OMP_NUM_THREADS} says, for each product. Parallelism
 * comes from the searching threads, so that should be 1, as {@code submit/tandem} sets it; results
 * do not depend on it.
 */
final class OneDnn {

  private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

  private OneDnn() {}

  /** Found once, at the first use. */
  private static final class Library {
    static final boolean PRESENT = load();
    static final boolean INT8 = PRESENT && int8(dnnl_get_effective_cpu_isa());

    private static boolean load() {
      try {
        Loader.load(dnnl.class);
        if (System.getenv("OMP_NUM_THREADS") == null) {
          LOG.warn(
              "OMP_NUM_THREADS is not set: each searching thread may start as many threads as"
                  + " there are cores; set it to 1");
        }
        return true;
      } catch (LinkageError e) {
        LOG.info("Exact search multiplies by OpenBLAS, as oneDNN cannot be used: {}", e.toString());
        return false;
      }
    }

    private static boolean int8(int instructionSet) {
      if (containsVnni(instructionSet)) {
        return true;
      }
      LOG.info("Exact search multiplies float32, as this CPU has no AVX512_VNNI for int8");
      return false;
    }
  }

  /** Whether oneDNN can be loaded here; it is published for x86_64 only. */
  static boolean present() {
    return Library.PRESENT;
  }

  /**
   * Whether products of eight-bit integers are exact and fast: with AVX512_VNNI, within what {@code
   * ONEDNN_MAX_CPU_ISA} allows. Older instructions saturate sums of two products at 16 bits.
   */
  static boolean int8() {
    return Library.INT8;
  }

  /** oneDNN's larger instruction sets contain the bits of the smaller ones. */
  static boolean containsVnni(int instructionSet) {
    return (instructionSet & dnnl_cpu_isa_avx512_core_vnni) == dnnl_cpu_isa_avx512_core_vnni;
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
}
