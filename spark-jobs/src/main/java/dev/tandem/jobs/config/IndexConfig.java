package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code index}. */
public record IndexConfig(
    @OneOf({"flat", "hnsw"}) String type,
    @Unset String name,
    @Unset String vectors,
    @Range(min = 1) int shardVectors,
    HnswConfig hnsw,
    @Range(min = 0) int auditQueries,
    @Range(min = 0, max = 1) double minimumRecall,
    @Range(min = 0) int keep)
    implements Serializable {

  /** The group {@code index.hnsw}. */
  public record HnswConfig(
      @Range(min = 2, max = 512) int maxConnections,
      @Range(min = 1, max = 3200) int efConstruction,
      @Range(min = 1) int efSearch,
      @OneOf({"float32", "int8"}) String encoding)
      implements Serializable {}
}
