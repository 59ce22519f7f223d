package dev.tandem.jobs.bench;

import dev.tandem.jobs.config.BenchConfig;
import dev.tandem.model.encoder.EncoderArchitecture;
import java.util.List;

/**
 * How much is measured: the shapes of issue and documentation, or small ones that only show that
 * everything works.
 *
 * @param architecture of the encoder that is trained
 * @param pairs of a training step
 * @param queryLength tokens of a query
 * @param passageLength tokens of a passage
 * @param queue places of the negative queue
 * @param encodeBatches texts that are encoded at once
 * @param encodeLengths tokens of each of them
 * @param mixedTexts texts of the mix of lengths
 * @param tokenizedTexts texts that are tokenized
 * @param roundPairs pairs of a step of an averaging round
 * @param roundSteps steps of an averaging round
 * @param searchVectors vectors searched
 * @param searchQueries queries
 * @param searchDepth hits a query
 * @param gemm rows, columns and depth of the matrix product that stands for the machine's peak
 */
record BenchSizes(
    EncoderArchitecture architecture,
    int pairs,
    int queryLength,
    int passageLength,
    int queue,
    List<Integer> encodeBatches,
    List<Integer> encodeLengths,
    int mixedTexts,
    int tokenizedTexts,
    int roundPairs,
    int roundSteps,
    int searchVectors,
    int searchQueries,
    int searchDepth,
    int gemm) {
  private static final int QUICK_VECTORS = 4000;

  /** The sizes that the configuration asks for. */
  static BenchSizes of(BenchConfig config) {
    return config.quick() ? quick(config) : full(config);
  }

  private static BenchSizes full(BenchConfig config) {
    return new BenchSizes(
        new EncoderArchitecture(30522, 384, 6, 12, 1536, 512, 2, 1e-12),
        32,
        32,
        128,
        512,
        List.of(32, 64),
        List.of(32, 128),
        256,
        2000,
        8,
        config.roundSteps(),
        config.searchVectors(),
        1000,
        1000,
        1536);
  }

  private static BenchSizes quick(BenchConfig config) {
    return new BenchSizes(
        new EncoderArchitecture(1000, 64, 2, 4, 128, 64, 2, 1e-12),
        8,
        8,
        16,
        32,
        List.of(4),
        List.of(16),
        16,
        100,
        4,
        Math.min(2, config.roundSteps()),
        Math.min(QUICK_VECTORS, config.searchVectors()),
        50,
        100,
        256);
  }
}
