package dev.tandem.jobs.bench;

import static dev.tandem.jobs.bench.BenchmarkContext.threads;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.index.search.ExactSearcher;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Exact search in memory against faiss, over the same vectors. */
final class SearchBenchmark implements Benchmark {
  private static final String PEER = "faiss";
  private static final int CHECKED = 10;

  @Override
  public String name() {
    return "search-vs-faiss";
  }

  @Override
  public String describe() {
    return "exact search against faiss";
  }

  @Override
  public BenchmarkResult run(BenchmarkContext context) throws IOException {
    BenchSizes sizes = context.sizes();
    context.note().accept(name() + ": making vectors");
    Path vectorFile = Files.createTempFile("tandem-bench-", "-vectors.f32");
    Path queryFile = Files.createTempFile("tandem-bench-", "-queries.f32");
    try (VectorSupply supply = VectorSupply.of(context);
        VectorMatrix vectors = supply.make(sizes.searchVectors(), 0);
        VectorMatrix queries = supply.make(sizes.searchQueries(), 1);
        ExactSearcher searcher = new ExactSearcher(vectors, ids(sizes.searchVectors()))) {
      ClusteredVectors.write(vectors, vectorFile);
      ClusteredVectors.write(queries, queryFile);
      return measure(context, searcher, queries, vectorFile, queryFile, supply.describe());
    } finally {
      Files.deleteIfExists(vectorFile);
      Files.deleteIfExists(queryFile);
    }
  }

  static PassageIds ids(int count) {
    return PassageIds.of(IntStream.range(0, count).mapToObj(String::valueOf).toList());
  }

  private BenchmarkResult measure(
      BenchmarkContext context,
      ExactSearcher searcher,
      VectorMatrix queries,
      Path vectorFile,
      Path queryFile,
      String kind)
      throws IOException {
    BenchSizes sizes = context.sizes();
    List<Comparison> cases = new ArrayList<>();
    Map<String, Object> details = new LinkedHashMap<>();
    PeerState state = PeerState.missing(PEER, "not started");
    List<Integer> counts = context.threads() == 1 ? List.of(1) : List.of(1, context.threads());
    for (int threads : counts) {
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("peer", "search");
      settings.put("threads", threads);
      settings.put("vectors", vectorFile.toString());
      settings.put("queries", queryFile.toString());
      settings.put("dimension", queries.dimension());
      settings.put("depth", sizes.searchDepth());
      try (Peer peer =
          Peer.start(() -> PeerProcess.start(context.bench().python(), threads, settings))) {
        Map<String, Contender> contenders = new LinkedHashMap<>();
        contenders.put(
            "tandem",
            Contender.timed(() -> searcher.search(queries, sizes.searchDepth(), threads)));
        peer.addTo(contenders);
        String what =
            "%d queries, %d vectors of %d, depth %d, %s"
                .formatted(
                    sizes.searchQueries(),
                    sizes.searchVectors(),
                    queries.dimension(),
                    sizes.searchDepth(),
                    threads(threads));
        Interleaved.Outcome outcome = context.interleaved().run(name() + ": " + what, contenders);
        Optional<Side> theirs =
            Optional.ofNullable(outcome.samples().get(Peer.NAME))
                .map(sample -> new Side(sizes.searchQueries(), sample));
        cases.add(
            new Comparison(
                what,
                "queries",
                new Side(sizes.searchQueries(), outcome.samples().get("tandem")),
                theirs));
        if (theirs.isPresent()) {
          peer.check()
              .ifPresent(answer -> details.put("same-hits", agreement(searcher, queries, answer)));
        }
        state = peer.state(PEER, outcome, state);
      }
    }
    return new BenchmarkResult(
        name(),
        state,
        false,
        cases,
        details,
        List.of(
            "Search: exact inner products over "
                + kind
                + "; loading them is not counted on either side."));
  }

  /** Share of the peer's first hits that are among ours. */
  private static double agreement(ExactSearcher searcher, VectorMatrix queries, JsonNode answer) {
    JsonNode rows = answer.path("rows");
    PartHits ours = searcher.search(queries, CHECKED);
    int found = 0;
    int all = 0;
    for (int query = 0; query < rows.size(); query++) {
      Set<Integer> own = new HashSet<>();
      for (int rank = 0; rank < ours.count(query); rank++) {
        own.add(ours.row(query, rank));
      }
      for (JsonNode row : rows.get(query)) {
        all++;
        found += own.contains(row.asInt()) ? 1 : 0;
      }
    }
    return all == 0 ? 0 : (double) found / all;
  }
}
