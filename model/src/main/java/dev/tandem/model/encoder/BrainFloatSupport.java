package dev.tandem.model.encoder;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_amx;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

/** What this CPU has for products of bfloat16 numbers, as far as oneDNN can use it. */
enum BrainFloatSupport {
  /** No such instructions, or no oneDNN for this platform. */
  NONE,

  /**
   * Dot products of vectors (AVX512_BF16): half to twice as fast as float32, {@link
   * BrainFloatGain}.
   */
  VECTORS,

  /** Products of tiles (AMX): many times the rate of float32. */
  TILES;

  /** Found once, at the first use. */
  private static final class Here {
    static final BrainFloatSupport VALUE = detect();
  }

  /** Of this machine, within what {@code ONEDNN_MAX_CPU_ISA} allows. */
  static BrainFloatSupport here() {
    return Here.VALUE;
  }

  private static BrainFloatSupport detect() {
    return OneDnn.present() ? of(dnnl_get_effective_cpu_isa()) : NONE;
  }

  /**
   * What an instruction set of oneDNN's means; its larger ones contain the bits of smaller ones.
   */
  static BrainFloatSupport of(int instructionSet) {
    if (contains(instructionSet, dnnl_cpu_isa_avx512_core_amx)) {
      return TILES;
    }
    return contains(instructionSet, dnnl_cpu_isa_avx512_core_bf16) ? VECTORS : NONE;
  }

  private static boolean contains(int set, int subset) {
    return (set & subset) == subset;
  }
}
