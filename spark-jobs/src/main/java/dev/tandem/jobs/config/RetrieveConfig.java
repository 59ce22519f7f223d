package dev.tandem.jobs.config;

import java.io.Serializable;
import java.util.List;

/** The group {@code retrieve}. */
public record RetrieveConfig(
    @OneOf({"dense", "bm25", "hybrid"}) String mode,
    @Range(min = 1, max = 1_000_000) int depth,
    @OneOf({"max", "sum"}) String aggregate,
    @Unset String vectors,
    @Unset String index,
    @Unset String version,
    List<String> filter,
    String tag,
    @Unset String output,
    Bm25 bm25,
    Hybrid hybrid)
    implements Serializable {

  /** The group {@code retrieve.bm25}. */
  public record Bm25(@Range(min = 0, max = 1000) double k1, @Range(min = 0, max = 1) double b)
      implements Serializable {}

  /** The group {@code retrieve.hybrid}. */
  public record Hybrid(
      @OneOf({"rrf", "weighted"}) String method,
      @Range(min = 0, max = 1_000_000) int rrfK,
      @Range(min = 0, max = 1) double denseWeight,
      @OneOf({"min-max", "z-score"}) String normalization)
      implements Serializable {}
}
