package dev.tandem.jobs.retrieval;

import dev.tandem.index.hnsw.HnswSettings;
import dev.tandem.jobs.config.IndexConfig;
import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How an index version is built from vectors.
 *
 * @param graph how graphs are built; empty for a flat index
 * @param efSearch candidates that a search of a graph keeps at least
 * @param shardVectors how many vectors a shard has at most, unless one part has more
 */
public record IndexSettings(Optional<HnswSettings> graph, int efSearch, int shardVectors)
    implements Serializable {

  /** What the configuration says. */
  public static IndexSettings of(IndexConfig config, long seed) {
    return new IndexSettings(
        config.type().equals("hnsw")
            ? Optional.of(
                new HnswSettings(
                    config.hnsw().maxConnections(),
                    config.hnsw().efConstruction(),
                    seed,
                    HnswSettings.Encoding.valueOf(
                        config.hnsw().encoding().toUpperCase(Locale.ROOT))))
            : Optional.empty(),
        config.hnsw().efSearch(),
        config.shardVectors());
  }

  /** The settings as a manifest keeps them; what a flat index has no use for is left out. */
  Map<String, Object> asConfiguration() {
    Map<String, Object> settings = new TreeMap<>();
    settings.put(IndexShards.TYPE, graph.isPresent() ? "hnsw" : "flat");
    settings.put("shard-vectors", shardVectors);
    graph.ifPresent(
        g -> {
          settings.put("max-connections", g.maxConnections());
          settings.put("ef-construction", g.efConstruction());
          settings.put("seed", g.seed());
          settings.put(IndexShards.ENCODING, g.encoding().name().toLowerCase(Locale.ROOT));
          settings.put(IndexShards.EF_SEARCH, efSearch);
        });
    return settings;
  }
}
