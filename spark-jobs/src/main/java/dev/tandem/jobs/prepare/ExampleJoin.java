package dev.tandem.jobs.prepare;

import dev.tandem.jobs.artifact.FinishedPart;
import dev.tandem.jobs.artifact.PartDirectory;
import dev.tandem.jobs.artifact.PartWriter;
import dev.tandem.jobs.data.Judgement;
import dev.tandem.jobs.data.NegativeTriple;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.data.TrainingExample;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/**
 * Joins judgements with tokenized queries and passages to training examples.
 *
 * <p>An example is numbered by the place of its judgement among the relevant ones. Ids travel
 * first: a query's judgements meet its tokens and become, for each example, a head and requests for
 * passages; the requests meet the passages; all pieces of an example then meet again, sorted by
 * number, and are written as they come. Nothing larger than the judgements of one query and the
 * requests for one passage is held in memory.
 */
final class ExampleJoin {
  /** Hard negatives kept for a query, the first in the order of the files. */
  static final int MOST_NEGATIVES = 64;

  private static final int EXAMPLES_A_PART = 8192;
  private static final int HEAD = -1;
  private static final int POSITIVE = 0;

  private ExampleJoin() {}

  /** Number of training examples in a part file. */
  static int parts(long examples) {
    return (int) Math.max(1, (examples + EXAMPLES_A_PART - 1) / EXAMPLES_A_PART);
  }

  /**
   * Writes the examples.
   *
   * @param relevant the relevant judgements in their order
   * @param negatives the hard negatives in their order
   * @param examples number of relevant judgements
   * @return the parts written
   */
  static List<FinishedPart> write(
      JavaRDD<Judgement> relevant,
      JavaRDD<NegativeTriple> negatives,
      JavaRDD<TokenizedText> queries,
      JavaRDD<TokenizedText> passages,
      long examples,
      PartDirectory parts,
      SerializableConfiguration hadoop) {
    JavaPairRDD<String, Tuple2<Long, String>> positivesByQuery =
        relevant
            .zipWithIndex()
            .mapToPair(
                numbered ->
                    new Tuple2<>(
                        numbered._1().queryId(),
                        new Tuple2<>(numbered._2(), numbered._1().passageId())));
    JavaPairRDD<String, Tuple2<Long, String>> negativesByQuery =
        negatives
            .zipWithIndex()
            .mapToPair(
                numbered ->
                    new Tuple2<>(
                        numbered._1().queryId(),
                        new Tuple2<>(numbered._2(), numbered._1().negativeId())));
    JavaPairRDD<String, TokenizedText> queryTokens =
        queries.mapToPair(query -> new Tuple2<>(query.id(), query));
    JavaPairRDD<PieceKey, Piece> heads =
        positivesByQuery
            .cogroup(negativesByQuery, queryTokens)
            .flatMapToPair(
                group -> pieces(group._1(), group._2()._1(), group._2()._2(), group._2()._3()))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      JavaPairRDD<String, PieceKey> requests =
          heads.flatMapToPair(
              head -> {
                List<Tuple2<String, PieceKey>> wanted = new ArrayList<>();
                long index = head._1().index();
                wanted.add(new Tuple2<>(head._2().positive(), new PieceKey(index, POSITIVE)));
                int rank = POSITIVE;
                for (String negative : head._2().negatives()) {
                  wanted.add(new Tuple2<>(negative, new PieceKey(index, ++rank)));
                }
                return wanted.iterator();
              });
      JavaPairRDD<PieceKey, Piece> texts =
          requests
              .cogroup(passages.mapToPair(passage -> new Tuple2<>(passage.id(), passage)))
              .flatMapToPair(group -> answers(group._1(), group._2()._1(), group._2()._2()));
      return heads
          .union(texts)
          .repartitionAndSortWithinPartitions(new ByIndex(parts(examples), examples))
          .mapPartitionsWithIndex(
              (number, pieces) ->
                  Collections.singletonList(writePart(parts, hadoop, number, pieces)).iterator(),
              false)
          .collect();
    } finally {
      heads.unpersist();
    }
  }

  private static Iterator<Tuple2<PieceKey, Piece>> pieces(
      String queryId,
      Iterable<Tuple2<Long, String>> positives,
      Iterable<Tuple2<Long, String>> negatives,
      Iterable<TokenizedText> tokens) {
    TreeMap<Long, String> byIndex = new TreeMap<>();
    positives.forEach(positive -> byIndex.put(positive._1(), positive._2()));
    if (byIndex.isEmpty()) {
      return Collections.emptyIterator();
    }
    Set<String> known = new TreeSet<>(byIndex.values());
    TreeMap<Long, String> ordered = new TreeMap<>();
    negatives.forEach(negative -> ordered.put(negative._1(), negative._2()));
    Set<String> hard = new LinkedHashSet<>();
    for (String negative : ordered.values()) {
      if (hard.size() < MOST_NEGATIVES && !known.contains(negative)) {
        hard.add(negative);
      }
    }
    Iterator<TokenizedText> found = tokens.iterator();
    if (!found.hasNext()) {
      throw new IllegalStateException("query " + queryId + " was checked but has no tokens");
    }
    TokenizedText query = found.next();
    List<String> knownPositives = new ArrayList<>(known);
    List<String> hardNegatives = new ArrayList<>(hard);
    List<Tuple2<PieceKey, Piece>> heads = new ArrayList<>(byIndex.size());
    byIndex.forEach(
        (index, passageId) ->
            heads.add(
                new Tuple2<>(
                    new PieceKey(index, HEAD),
                    new Piece(query, passageId, hardNegatives, knownPositives))));
    return heads.iterator();
  }

  private static Iterator<Tuple2<PieceKey, Piece>> answers(
      String passageId, Iterable<PieceKey> requests, Iterable<TokenizedText> passages) {
    Iterator<PieceKey> wanted = requests.iterator();
    if (!wanted.hasNext()) {
      return Collections.emptyIterator();
    }
    Iterator<TokenizedText> found = passages.iterator();
    if (!found.hasNext()) {
      throw new IllegalStateException("passage " + passageId + " was checked but has no tokens");
    }
    Piece answer = new Piece(found.next(), null, null, null);
    List<Tuple2<PieceKey, Piece>> answers = new ArrayList<>();
    wanted.forEachRemaining(key -> answers.add(new Tuple2<>(key, answer)));
    return answers.iterator();
  }

  private static FinishedPart writePart(
      PartDirectory parts,
      SerializableConfiguration hadoop,
      int number,
      Iterator<Tuple2<PieceKey, Piece>> pieces)
      throws IOException {
    String part = String.format("examples-%05d", number);
    Optional<FinishedPart> finished = parts.finished(hadoop.value(), part);
    if (finished.isPresent()) {
      return finished.get();
    }
    long written = 0;
    try (PartWriter writer = parts.begin(hadoop.value(), part)) {
      try (ShardWriter shard = new ShardWriter(writer.create(part + PreparedDataset.EXAMPLES))) {
        while (pieces.hasNext()) {
          Tuple2<PieceKey, Piece> head = pieces.next();
          TokenizedText positive = pieces.next()._2().tokens();
          int size = head._2().negatives().size();
          List<TokenizedText> negatives = new ArrayList<>(size);
          for (int i = 0; i < size; i++) {
            negatives.add(pieces.next()._2().tokens());
          }
          shard.write(
              new TrainingExample(
                  head._1().index(),
                  head._2().tokens(),
                  positive,
                  negatives,
                  head._2().knownPositives()));
          written++;
        }
      }
      return writer.commit(Map.of(TokenizeTask.RECORDS, written));
    }
  }

  /**
   * Sort key of a piece.
   *
   * @param index the example
   * @param rank -1 for the head, 0 for the positive, then the hard negatives
   */
  private record PieceKey(long index, int rank) implements Serializable, Comparable<PieceKey> {
    @Override
    public int compareTo(PieceKey other) {
      int order = Long.compare(index, other.index);
      return order != 0 ? order : Integer.compare(rank, other.rank);
    }
  }

  /**
   * A piece of an example: a head with all fields, or a passage with its tokens alone.
   *
   * @param tokens the query of a head, else the passage
   * @param positive id of the example's passage
   * @param negatives ids of its hard negatives
   * @param knownPositives ids of all relevant passages of the query, sorted
   */
  private record Piece(
      TokenizedText tokens, String positive, List<String> negatives, List<String> knownPositives)
      implements Serializable {}

  /** Sends examples to partitions by ranges of their index. */
  private static final class ByIndex extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int parts;
    private final long examples;

    ByIndex(int parts, long examples) {
      this.parts = parts;
      this.examples = examples;
    }

    @Override
    public int numPartitions() {
      return parts;
    }

    @Override
    public int getPartition(Object key) {
      return (int) Math.min(parts - 1L, ((PieceKey) key).index() * parts / Math.max(1, examples));
    }
  }
}
