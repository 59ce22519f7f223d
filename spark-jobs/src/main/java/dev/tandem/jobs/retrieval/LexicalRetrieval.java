package dev.tandem.jobs.retrieval;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.fusion.Fusion;
import dev.tandem.index.lexical.Bm25;
import dev.tandem.index.lexical.LexicalQuery;
import dev.tandem.index.lexical.LexicalSearcher;
import dev.tandem.index.lexical.LexicalShard;
import dev.tandem.index.lexical.LexicalStatistics;
import dev.tandem.index.measure.EvaluationOptions;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.trec.Qrels;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;

/**
 * BM25 over the texts of a collection, alone or fused with vectors. Each task indexes its passages,
 * held by the executors until this is closed. A first pass adds up what BM25 has to know of the
 * whole collection for the queries at hand; with that every task scores its passages as one index
 * of everything would, so the result does not depend on how they are divided.
 */
public final class LexicalRetrieval implements AutoCloseable {
  private final JavaSparkContext spark;
  private final PreparedDataset collection;
  private final Bm25 bm25;
  private final MetadataFilter filter;
  private final JavaRDD<LexicalShard> shards;

  private LexicalRetrieval(
      JavaSparkContext spark,
      PreparedDataset collection,
      Bm25 bm25,
      MetadataFilter filter,
      JavaRDD<LexicalShard> shards) {
    this.spark = spark;
    this.collection = collection;
    this.bm25 = bm25;
    this.filter = filter;
    this.shards = shards;
  }

  /**
   * Indexes a collection.
   *
   * @param spark where to index and search
   * @param collection has the passages
   * @param bm25 the parameters
   * @param filter what a passage must meet to be found; the others still count in the statistics
   * @param progress shows the progress
   * @throws TandemException of kind ARTIFACT if passages do not keep a field that the filter asks
   *     for
   */
  public static LexicalRetrieval index(
      JavaSparkContext spark,
      PreparedDataset collection,
      Bm25 bm25,
      MetadataFilter filter,
      ProgressReporter progress) {
    FilteredRows.requireFields(
        filter, collection.metadataFields(), "data.collection as it was prepared");
    TreeSet<String> fields = new TreeSet<>(filter.fields());
    LongAccumulator indexed = spark.sc().longAccumulator("passages indexed");
    JavaRDD<TextRecord> passages =
        Parts.divide(spark, collection.passageTexts(spark), collection.passageCount());
    JavaRDD<LexicalShard> shards =
        passages
            .mapPartitions(
                texts -> {
                  LexicalShard.Builder builder = new LexicalShard.Builder(fields);
                  while (texts.hasNext()) {
                    TextRecord passage = texts.next();
                    builder.add(passage.id(), passage.text(), passage.metadata());
                    indexed.add(1);
                  }
                  return List.of(builder.build()).iterator();
                })
            .persist(StorageLevel.MEMORY_AND_DISK());
    progress.follow(
        spark.sc(),
        "index words",
        collection.passageCount(),
        "passages",
        indexed,
        () -> shards.count());
    return new LexicalRetrieval(spark, collection, bm25, filter, shards);
  }

  /**
   * Searches for queries by BM25 alone and writes the run, with judgements its measures too. A
   * judged query that finds nothing counts as zero.
   *
   * @param queries has the queries; where it has judgements, only judged queries are searched for
   * @param settings depth and the run's name
   * @param directory where {@code run.trec} and {@code metrics.json} go
   * @throws TandemException of kind BAD_DATA where there are no queries, judgements are configured
   *     and none is left, or no judged query finds anything
   * @throws IOException where a file system fails
   */
  public RetrievalResult retrieve(
      PreparedDataset queries, ValidationSettings settings, Path directory) throws IOException {
    Passing passing = passing();
    Optional<Qrels> qrels = Optional.empty();
    Map<String, String> texts = texts(queries);
    if (queries.qrels().isPresent()) {
      passing.requireAny();
      qrels = Optional.of(JudgedQueries.read(queries, "data", spark.hadoopConfiguration()));
      texts.keySet().retainAll(qrels.get().queries());
    }
    QueryIds ids = QueryIds.sorted(texts.keySet());
    if (ids.ids().isEmpty()) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA, "There is no query to retrieve for in data.queries.");
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("passages", collection.passageCount());
    passing.addTo(facts);
    facts.put("depth", settings.depth());
    facts.put("bm25", Map.of("k1", bm25.k1(), "b", bm25.b()));
    RunOutput output =
        new RunOutput(
            spark.hadoopConfiguration(),
            Optional.of(directory),
            settings.tag(),
            EvaluationOptions.DEFAULT.withCompleteQueries(true));
    try (Search search = search(ids, texts, settings.depth())) {
      return output.consume(ids, search.hits(), qrels, facts).among(passing);
    } catch (IllegalArgumentException e) {
      throw new TandemException(TandemException.Kind.BAD_DATA, e.getMessage(), e);
    }
  }

  /**
   * Searches vectors and words, fuses the rankings of each query, and writes the run as {@link
   * ShardRetrieval#retrieve} does, whose parameters these are.
   *
   * @param fusion of two rankings, the dense one first
   * @throws TandemException of kind ARTIFACT also if the vectors are not of as many passages as the
   *     collection has
   * @throws IOException where a file system fails
   */
  public RetrievalResult retrieve(
      PreparedDataset queries,
      ConfiguredModel model,
      SearchableVectors vectors,
      ValidationSettings settings,
      Path directory,
      ProgressReporter progress,
      Fusion fusion)
      throws IOException {
    if (vectors.passages() != collection.passageCount()) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "The vectors in "
              + vectors.path()
              + " are of "
              + vectors.passages()
              + " passages, data.collection has "
              + collection.passageCount()
              + ". Hybrid retrieval needs both of the same collection: encode it again or name the"
              + " one that was encoded.");
    }
    Map<String, String> texts = texts(queries);
    return ShardRetrieval.retrieve(
        spark,
        queries,
        model,
        vectors,
        settings,
        directory,
        progress,
        (ids, dense, among) -> {
          requireSame(vectors, among, passing());
          Search words = search(ids, texts, settings.depth());
          return new FusedHits(dense, words, fusion, settings.depth());
        });
  }

  /** Both are filtered by the same metadata, or by different ones that only look alike. */
  private static void requireSame(SearchableVectors vectors, Passing dense, Passing words) {
    if (dense.passages() != words.passages()) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "retrieve.filter passes "
              + dense.passages()
              + " passages of the vectors in "
              + vectors.path()
              + " and "
              + words.passages()
              + " of data.collection: their metadata differ. Encode the collection again or name"
              + " the one that was encoded.");
    }
  }

  /** Counts the passages that pass the filter. */
  private Passing passing() {
    MetadataFilter wanted = filter;
    long passing =
        wanted.isEmpty()
            ? collection.passageCount()
            : shards.map(shard -> (long) accepted(wanted, shard).cardinality()).fold(0L, Long::sum);
    return new Passing(filter, collection.passageCount(), passing);
  }

  private static BitSet accepted(MetadataFilter filter, LexicalShard shard) {
    return FilteredRows.passing(filter, shard.metadata(), "data.collection");
  }

  /** The queries' texts, which the driver holds. */
  private Map<String, String> texts(PreparedDataset queries) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (TextRecord query : queries.queryTexts(spark).collect()) {
      texts.put(query.id(), query.text());
    }
    return texts;
  }

  private Search search(QueryIds ids, Map<String, String> texts, int depth) {
    LexicalQuery[][] blocks = new LexicalQuery[ids.blocks()][];
    for (int block = 0; block < blocks.length; block++) {
      blocks[block] =
          ids.block(block).stream()
              .map(id -> LexicalQuery.parse(texts.get(id)))
              .toArray(LexicalQuery[]::new);
    }
    Broadcast<LexicalQuery[][]> queries = spark.broadcast(blocks);
    LexicalStatistics statistics =
        shards
            .map(shard -> statistics(shard, queries.value()))
            .fold(LexicalStatistics.NONE, LexicalStatistics::plus);
    Broadcast<LexicalStatistics> all = spark.broadcast(statistics);
    Bm25 parameters = bm25;
    MetadataFilter wanted = filter;
    return new Search(
        ExactRetrieval.merged(
            shards.flatMapToPair(
                shard ->
                    new LexicalPartSearch(
                        shard,
                        wanted.isEmpty() ? Optional.empty() : Optional.of(accepted(wanted, shard)),
                        queries.value(),
                        all.value(),
                        parameters,
                        depth)),
            ids.blocks(),
            depth),
        List.of(queries, all));
  }

  private static LexicalStatistics statistics(LexicalShard shard, LexicalQuery[][] blocks) {
    try (LexicalSearcher searcher = new LexicalSearcher(shard)) {
      return searcher.statistics(Arrays.stream(blocks).flatMap(Arrays::stream).toList());
    }
  }

  /** Hits, computed when iterated, and what the executors hold for them. */
  private record Search(Iterator<SearchHits> hits, List<Broadcast<?>> held)
      implements AutoCloseable {
    @Override
    public void close() {
      held.forEach(Broadcast::destroy);
    }
  }

  /** Block by block what fusion makes of dense hits and BM25's; frees the latter's at the end. */
  private static final class FusedHits implements Iterator<SearchHits> {
    private final Iterator<SearchHits> dense;
    private final Search words;
    private final Fusion fusion;
    private final int depth;
    private boolean ended;

    FusedHits(Iterator<SearchHits> dense, Search words, Fusion fusion, int depth) {
      this.dense = dense;
      this.words = words;
      this.fusion = fusion;
      this.depth = depth;
    }

    @Override
    public boolean hasNext() {
      if (dense.hasNext()) {
        return true;
      }
      if (!ended) {
        ended = true;
        words.close();
      }
      return false;
    }

    @Override
    public SearchHits next() {
      return fusion.fuse(new SearchHits[] {dense.next(), words.hits().next()}, depth);
    }
  }

  @Override
  public void close() {
    shards.unpersist(false);
  }
}
