package dev.tandem.jobs.bench;

import static dev.tandem.jobs.bench.BenchmarkContext.threads;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.index.hnsw.HnswIndex;
import dev.tandem.index.hnsw.HnswSettings;
import dev.tandem.index.search.ExactSearcher;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.VectorMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Graphs against those of faiss, with the same settings over the same vectors: how fast one is
 * built, how fast single queries are answered, and how many of the exact best they find.
 */
final class GraphBenchmark implements Benchmark {
  private static final String PEER = "faiss";
  private static final int DEPTH = 10;
  private static final int CONNECTIONS = 16;
  private static final int EF_CONSTRUCTION = 100;
  private static final int EF_SEARCH = 100;

  @Override
  public String name() {
    return "graph-vs-faiss";
  }

  @Override
  public String describe() {
    return "building and searching graphs against faiss";
  }

  @Override
  public BenchmarkResult run(BenchmarkContext context) throws IOException {
    BenchSizes sizes = context.sizes();
    context.note().accept(name() + ": making vectors");
    Path vectorFile = Files.createTempFile("tandem-bench-", "-vectors.f32");
    Path queryFile = Files.createTempFile("tandem-bench-", "-queries.f32");
    try (VectorSupply supply = VectorSupply.of(context);
        VectorMatrix vectors = supply.make(sizes.searchVectors(), 0);
        VectorMatrix queries = supply.make(sizes.searchQueries(), 1)) {
      ClusteredVectors.write(vectors, vectorFile);
      ClusteredVectors.write(queries, queryFile);
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("peer", "graph");
      settings.put("threads", 1);
      settings.put("vectors", vectorFile.toString());
      settings.put("queries", queryFile.toString());
      settings.put("dimension", supply.dimension());
      settings.put("depth", DEPTH);
      settings.put("connections", CONNECTIONS);
      settings.put("construction", EF_CONSTRUCTION);
      settings.put("search", EF_SEARCH);
      try (Peer peer = Peer.start(() -> PeerProcess.start(context.bench().python(), 1, settings))) {
        LoadedPart part = new LoadedPart(vectors, SearchBenchmark.ids(vectors.rows()));
        return measure(context, part, queries, peer, supply.describe());
      }
    } finally {
      Files.deleteIfExists(vectorFile);
      Files.deleteIfExists(queryFile);
    }
  }

  private BenchmarkResult measure(
      BenchmarkContext context, LoadedPart part, VectorMatrix queries, Peer peer, String kind)
      throws IOException {
    // A graph takes minutes at full size, so each side builds one, which both then search.
    HnswIndex[] built = new HnswIndex[1];
    Map<String, Contender> builders = new LinkedHashMap<>();
    builders.put(
        "tandem",
        Contender.timed(
            () ->
                built[0] =
                    HnswIndex.build(part, settings(context, HnswSettings.Encoding.FLOAT32))));
    peer.addTo(builders, "build");
    String vectors = "%d vectors of %d".formatted(part.vectors().rows(), queries.dimension());
    String building =
        "%s, M %d, efConstruction %d, %s"
            .formatted(vectors, CONNECTIONS, EF_CONSTRUCTION, threads(1));
    Interleaved.Outcome builds =
        new Interleaved(0, 1, context.note()).run(name() + ": building, " + building, builders);
    HnswIndex index = built[0];
    HnswIndex rounded = HnswIndex.build(part, settings(context, HnswSettings.Encoding.INT8));

    Map<String, Contender> searchers = new LinkedHashMap<>();
    searchers.put("tandem", Contender.timed(() -> oneByOne(index, queries)));
    searchers.put("tandem-int8", Contender.timed(() -> oneByOne(rounded, queries)));
    peer.addTo(searchers);
    String searching =
        "%d queries one at a time, %s, ef %d, depth %d, %s"
            .formatted(queries.rows(), vectors, EF_SEARCH, DEPTH, threads(1));
    Interleaved.Outcome searches = context.interleaved().run(name() + ": " + searching, searchers);

    Map<String, Object> details = new LinkedHashMap<>();
    try (ExactSearcher exact = new ExactSearcher(part)) {
      List<Set<Integer>> best = rows(exact.search(queries, DEPTH));
      details.put("recall-10", recall(best, rows(index.search(queries, DEPTH, EF_SEARCH))));
      details.put("recall-10-int8", recall(best, rows(rounded.search(queries, DEPTH, EF_SEARCH))));
      peer.check().ifPresent(answer -> details.put("peer-recall-10", recall(best, rows(answer))));
    }
    details.put("disconnected", index.graph().disconnected());

    List<Comparison> cases = new ArrayList<>();
    cases.add(
        comparison("building, " + building, "vectors", part.vectors().rows(), builds, "tandem"));
    cases.add(comparison(searching, "queries", queries.rows(), searches, "tandem"));
    // Without a peer: its search is in float32.
    cases.add(
        new Comparison(
            searching + ", int8 components",
            "queries",
            new Side(queries.rows(), searches.samples().get("tandem-int8")),
            Optional.empty()));
    PeerState state =
        peer.state(
            PEER, searches, peer.state(PEER, builds, PeerState.missing(PEER, "not started")));
    return new BenchmarkResult(
        name(),
        state,
        false,
        cases,
        details,
        List.of(
            "Graphs: over "
                + kind
                + "; both sides with the same M, efConstruction and ef, faiss in float32. Share of the"
                + " exact best %d that are found: ".formatted(DEPTH)
                + recalls(details)
                + "."));
  }

  private static String recalls(Map<String, Object> details) {
    StringBuilder text = new StringBuilder();
    details.forEach(
        (name, value) -> {
          if (value instanceof Double share) {
            text.append(text.isEmpty() ? "" : ", ")
                .append(String.format(Locale.ROOT, "%s %.4f", name, share));
          }
        });
    return text.toString();
  }

  private static HnswSettings settings(BenchmarkContext context, HnswSettings.Encoding encoding) {
    return new HnswSettings(CONNECTIONS, EF_CONSTRUCTION, context.config().seed(), encoding);
  }

  private static void oneByOne(HnswIndex index, VectorMatrix queries) {
    float[] query = new float[queries.dimension()];
    for (int q = 0; q < queries.rows(); q++) {
      queries.copyRow(q, query);
      try (VectorMatrix one = VectorMatrix.copyOf(query, 1, query.length)) {
        index.search(one, DEPTH, EF_SEARCH);
      }
    }
  }

  private static Comparison comparison(
      String what, String unit, int work, Interleaved.Outcome outcome, String side) {
    return new Comparison(
        what,
        unit,
        new Side(work, outcome.samples().get(side)),
        Optional.ofNullable(outcome.samples().get(Peer.NAME))
            .map(theirs -> new Side(work, theirs)));
  }

  private static List<Set<Integer>> rows(PartHits hits) {
    List<Set<Integer>> rows = new ArrayList<>();
    for (int query = 0; query < hits.queries(); query++) {
      Set<Integer> found = new HashSet<>();
      for (int rank = 0; rank < hits.count(query); rank++) {
        found.add(hits.row(query, rank));
      }
      rows.add(found);
    }
    return rows;
  }

  private static List<Set<Integer>> rows(JsonNode answer) {
    List<Set<Integer>> rows = new ArrayList<>();
    for (JsonNode query : answer.path("rows")) {
      Set<Integer> found = new HashSet<>();
      query.forEach(row -> found.add(row.asInt()));
      rows.add(found);
    }
    return rows;
  }

  /** Share of the exact best that are found. */
  private static double recall(List<Set<Integer>> best, List<Set<Integer>> found) {
    long hits = 0;
    long all = 0;
    for (int query = 0; query < best.size(); query++) {
      all += best.get(query).size();
      hits += best.get(query).stream().filter(found.get(query)::contains).count();
    }
    return all == 0 ? 1 : hits / (double) all;
  }
}
