package dev.tandem.index.lexical;

import dev.tandem.index.lexical.LexicalStatistics.TermCounts;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.search.SearchHits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermStatistics;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.Directory;

/**
 * Searches one shard of a lexical index by BM25. With the statistics of the whole collection a
 * passage has the same score in a shard as it would have in one index of everything, to the bit.
 * For one thread; closing frees the index.
 */
public final class LexicalSearcher implements AutoCloseable {

  private final LexicalShard shard;
  private final Directory directory;
  private final DirectoryReader reader;

  /** Opens a shard. */
  public LexicalSearcher(LexicalShard shard) {
    this.shard = shard;
    try {
      directory = shard.directory();
      reader = DirectoryReader.open(directory);
    } catch (IOException e) {
      throw inMemory(e);
    }
  }

  /** What this shard contributes to the collection's statistics, for the terms of these queries. */
  public LexicalStatistics statistics(Collection<LexicalQuery> queries) {
    TreeMap<String, TermCounts> terms = new TreeMap<>();
    long passages = 0;
    long occurrences = 0;
    long postings = 0;
    try {
      for (LeafReaderContext leaf : reader.leaves()) {
        Terms all = leaf.reader().terms(LexicalShard.FIELD);
        if (all != null) {
          passages += all.getDocCount();
          occurrences += all.getSumTotalTermFreq();
          postings += all.getSumDocFreq();
        }
      }
      for (LexicalQuery query : queries) {
        for (String text : query.terms().keySet()) {
          if (!terms.containsKey(text)) {
            Term term = new Term(LexicalShard.FIELD, text);
            int frequency = reader.docFreq(term);
            if (frequency > 0) {
              terms.put(text, new TermCounts(frequency, reader.totalTermFreq(term)));
            }
          }
        }
      }
    } catch (IOException e) {
      throw inMemory(e);
    }
    return new LexicalStatistics(passages, occurrences, postings, terms);
  }

  /**
   * The best passages of each query; fewer than the depth where fewer have a term of it.
   *
   * @param queries searched for one after the other
   * @param collection statistics of the whole collection, this shard and these queries' terms among
   *     it
   * @param bm25 the parameters
   * @param depth passages kept a query, at least 1
   */
  public SearchHits search(
      List<LexicalQuery> queries, LexicalStatistics collection, Bm25 bm25, int depth) {
    return search(queries, collection, bm25, depth, Optional.empty());
  }

  /**
   * As above, among some of the passages. Scores are those that they have without: BM25's
   * statistics stay those of the whole collection.
   *
   * @param accepted rows of {@link LexicalShard#metadata} that may be found; all where it is empty
   */
  public SearchHits search(
      List<LexicalQuery> queries,
      LexicalStatistics collection,
      Bm25 bm25,
      int depth,
      Optional<BitSet> accepted) {
    IndexSearcher searcher = new SearcherOfShard(reader, collection);
    searcher.setSimilarity(new BM25Similarity(bm25.k1(), bm25.b()));
    searcher.setQueryCache(null);
    int[] starts = new int[queries.size() + 1];
    float[] scores = new float[0];
    int[] rows = new int[0];
    try {
      for (int i = 0; i < queries.size(); i++) {
        ScoreDoc[] found = search(searcher, queries.get(i), depth, accepted);
        starts[i + 1] = starts[i] + found.length;
        if (starts[i + 1] > scores.length) {
          int capacity = Math.max(starts[i + 1], 2 * scores.length);
          scores = Arrays.copyOf(scores, capacity);
          rows = Arrays.copyOf(rows, capacity);
        }
        for (int rank = 0; rank < found.length; rank++) {
          scores[starts[i] + rank] = found[rank].score;
          rows[starts[i] + rank] = found[rank].doc;
        }
      }
    } catch (IOException e) {
      throw inMemory(e);
    }
    int size = starts[queries.size()];
    return PartHits.of(starts, Arrays.copyOf(scores, size), Arrays.copyOf(rows, size))
        .withIds(shard.ids());
  }

  private static ScoreDoc[] search(
      IndexSearcher searcher, LexicalQuery query, int depth, Optional<BitSet> accepted)
      throws IOException {
    int most = Math.min(depth, searcher.getIndexReader().maxDoc());
    if (query.terms().isEmpty() || most == 0) {
      return new ScoreDoc[0];
    }
    Query words = bagOfWords(query);
    if (accepted.isPresent()) {
      words =
          new BooleanQuery.Builder()
              .add(words, BooleanClause.Occur.MUST)
              .add(new RowsQuery(accepted.get()), BooleanClause.Occur.FILTER)
              .build();
    }
    TopDocs found = searcher.search(words, most);
    return found.scoreDocs;
  }

  /** Any of the terms; one that the query has n times counts n times. */
  private static Query bagOfWords(LexicalQuery query) {
    if (query.terms().size() > IndexSearcher.getMaxClauseCount()) {
      // A whole document as a query; Lucene's limit guards against expanded wildcards.
      IndexSearcher.setMaxClauseCount(query.terms().size());
    }
    BooleanQuery.Builder terms = new BooleanQuery.Builder();
    query
        .terms()
        .forEach(
            (text, count) -> {
              Query term = new TermQuery(new Term(LexicalShard.FIELD, text));
              terms.add(
                  count == 1 ? term : new BoostQuery(term, count), BooleanClause.Occur.SHOULD);
            });
    return terms.build();
  }

  private static UncheckedIOException inMemory(IOException e) {
    return new UncheckedIOException("an index in memory could not be read", e);
  }

  @Override
  public void close() {
    try {
      reader.close();
      directory.close();
    } catch (IOException e) {
      throw inMemory(e);
    }
  }

  /** Lucene's searcher, told the collection's statistics in place of the shard's. */
  private static final class SearcherOfShard extends IndexSearcher {
    private final LexicalStatistics collection;

    SearcherOfShard(DirectoryReader reader, LexicalStatistics collection) {
      super(reader);
      this.collection = collection;
    }

    @Override
    public CollectionStatistics collectionStatistics(String field) {
      return collection.passages() == 0
          ? null
          : new CollectionStatistics(
              field,
              collection.passages(),
              collection.passages(),
              collection.occurrences(),
              collection.postings());
    }

    @Override
    public TermStatistics termStatistics(Term term, int docFreq, long totalTermFreq) {
      TermCounts counts = collection.terms().get(term.text());
      if (counts == null) {
        throw new IllegalArgumentException(
            "the collection's statistics lack the term '"
                + term.text()
                + "', which is in this shard: they must be those of all shards for these queries");
      }
      return new TermStatistics(term.bytes(), counts.passages(), counts.occurrences());
    }
  }
}
