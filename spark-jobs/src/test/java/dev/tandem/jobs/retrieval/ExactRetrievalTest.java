package dev.tandem.jobs.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.model.encoder.EncoderEngine;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.TokenBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ExactRetrievalTest {
  private static JavaSparkContext spark;

  @BeforeAll
  static void startSpark() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("ExactRetrievalTest")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  private static TrecRun retrieve(
      List<TokenizedText> passages, List<TokenizedText> queries, int partitions, int depth) {
    Tower tower = TinyModel.tower(1, true);
    LongAccumulator encoded = spark.sc().longAccumulator();
    try (CollectionEncoder encoder = new CollectionEncoder(spark, tower, 8)) {
      JavaRDD<VectorBlock> passageVectors =
          encoder.encode(spark.parallelize(passages, partitions), encoded);
      JavaRDD<VectorBlock> queryVectors = encoder.encode(spark.parallelize(queries, 1), encoded);
      TrecRun run = ExactRetrieval.run(spark, passageVectors, queryVectors, depth, "test");
      assertThat(encoded.value()).isEqualTo(passages.size() + queries.size());
      return run;
    }
  }

  /** Embeddings one text at a time, scaled to unit length. */
  private static Map<String, double[]> embed(Tower tower, List<TokenizedText> texts) {
    Map<String, double[]> embeddings = new HashMap<>();
    try (EncoderEngine engine =
            EncoderEngines.create("auto", tower.architecture(), tower.pooling(), tower.compute());
        INDArray row = Nd4j.create(DataType.FLOAT, 1, tower.dimension())) {
      for (TokenizedText text : texts) {
        engine.encode(tower.parameters(), TokenBatch.of(List.of(text.tokens())), row);
        double[] values = row.toDoubleVector();
        double norm = 0;
        for (double value : values) {
          norm += value * value;
        }
        for (int i = 0; i < values.length; i++) {
          values[i] /= Math.sqrt(norm);
        }
        embeddings.put(text.id(), values);
      }
    }
    return embeddings;
  }

  @Test
  void findsWhatBruteForceFinds() {
    List<TokenizedText> passages = TinyModel.texts("p", 300, 3);
    List<TokenizedText> queries = TinyModel.texts("q", 20, 4);
    TrecRun run = retrieve(passages, queries, 5, 10);
    Tower tower = TinyModel.tower(1, true);
    Map<String, double[]> passageVectors = embed(tower, passages);
    Map<String, double[]> queryVectors = embed(tower, queries);
    assertThat(run.queries()).hasSize(20);
    for (TokenizedText query : queries) {
      List<Double> scores = new ArrayList<>();
      for (TokenizedText passage : passages) {
        double[] p = passageVectors.get(passage.id());
        double[] q = queryVectors.get(query.id());
        double score = 0;
        for (int i = 0; i < p.length; i++) {
          score += p[i] * q[i];
        }
        scores.add(score);
      }
      scores.sort((a, b) -> Double.compare(b, a));
      List<RankedPassage> ranking = run.ranking(query.id());
      assertThat(ranking).hasSize(10);
      Set<String> ids = new HashSet<>();
      for (int rank = 0; rank < 10; rank++) {
        assertThat(ranking.get(rank).score()).isCloseTo(scores.get(rank), within(1e-5));
        ids.add(ranking.get(rank).id());
      }
      assertThat(ids).hasSize(10);
    }
  }

  @Test
  void ranksTheSameHoweverThePassagesAreDivided() {
    // Twelve vectors, each under ten ids: ties at every rank, the last one included.
    Random random = new Random(8);
    float[][] distinct = new float[12][4];
    for (float[] vector : distinct) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = random.nextFloat() - 0.5f;
      }
    }
    List<VectorBlock> single = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      single.add(new VectorBlock(new String[] {"p" + i}, distinct[i % 12], 4));
    }
    Collections.shuffle(single, random);
    JavaRDD<VectorBlock> queries =
        spark.parallelize(
            List.of(
                new VectorBlock(
                    new String[] {"q2", "q1"}, new float[] {1, 2, 3, 4, 4, -3, 2, -1}, 4)));
    TrecRun whole =
        ExactRetrieval.run(
            spark,
            spark.parallelize(List.of(VectorBlock.concatenate(single, 4)), 1),
            queries,
            15,
            "whole");
    TrecRun divided =
        ExactRetrieval.run(spark, spark.parallelize(single, 7), queries, 15, "divided");
    assertThat(whole.rankings()).isEqualTo(divided.rankings());
    for (List<RankedPassage> ranking : whole.rankings().values()) {
      List<RankedPassage> sorted = new ArrayList<>(ranking);
      sorted.sort(RankedPassage.RANKING);
      assertThat(ranking).isEqualTo(sorted).hasSize(15);
      assertThat(ranking.get(0).score()).isEqualTo(ranking.get(9).score());
      assertThat(ranking.get(10).score()).isLessThan(ranking.get(9).score());
    }
  }

  /** From one query over just a block and one more to many blocks, the last one not full. */
  @ParameterizedTest
  @ValueSource(ints = {1, EncodedQueries.BLOCK, EncodedQueries.BLOCK + 1, 10_000})
  void findsTheBestOfEachOfAnyNumberOfQueries(int count) {
    int dimension = 3;
    Random random = new Random(count);
    List<VectorBlock> passages = new ArrayList<>();
    for (int part = 0; part < 3; part++) {
      passages.add(block("p" + part + "-", 20, dimension, random));
    }
    List<VectorBlock> queries = new ArrayList<>();
    for (int at = 0; at < count; at += 700) {
      queries.add(block("q" + at + "-", Math.min(700, count - at), dimension, random));
    }
    TrecRun run =
        ExactRetrieval.run(
            spark, spark.parallelize(passages, 3), spark.parallelize(queries, 4), 5, "many");
    assertThat(run.queries()).hasSize(count);
    for (VectorBlock block : queries) {
      for (int q = 0; q < block.size(); q++) {
        List<RankedPassage> expected = new ArrayList<>();
        for (VectorBlock part : passages) {
          for (int p = 0; p < part.size(); p++) {
            double score = 0;
            for (int i = 0; i < dimension; i++) {
              score +=
                  (double) block.vectors()[q * dimension + i] * part.vectors()[p * dimension + i];
            }
            expected.add(new RankedPassage(part.ids()[p], score));
          }
        }
        expected.sort(RankedPassage.RANKING);
        List<RankedPassage> found = run.ranking(block.ids()[q]);
        assertThat(found.stream().map(RankedPassage::id))
            .containsExactlyElementsOf(
                expected.subList(0, 5).stream().map(RankedPassage::id).toList());
      }
    }
  }

  @Test
  void theDriverTakesOneBlockOfHitsAtATime() {
    int blocks = 30;
    EncodedQueries queries =
        EncodedQueries.of(
            List.of(block("q", blocks * EncodedQueries.BLOCK - 5, 2, new Random(1))), 2);
    Broadcast<EncodedQueries> broadcast = spark.broadcast(queries);
    JavaRDD<VectorBlock> passages =
        spark.parallelize(
            List.of(block("a", 3, 2, new Random(2)), block("b", 3, 2, new Random(3))), 2);
    List<List<Integer>> sizes =
        ExactRetrieval.mergedBlocks(
                ExactRetrieval.ofVectors(passages, broadcast, 2, Aggregation.MAX),
                queries.blocks().length,
                2)
            .map(SearchHits::queries)
            .glom()
            .collect();
    assertThat(sizes).hasSize(blocks);
    for (int i = 0; i < blocks; i++) {
      assertThat(sizes.get(i)).containsExactly(queries.size(i));
    }
    broadcast.destroy();
  }

  private static VectorBlock block(String prefix, int size, int dimension, Random random) {
    String[] ids = new String[size];
    float[] vectors = new float[size * dimension];
    for (int i = 0; i < size; i++) {
      ids[i] = prefix + i;
      for (int j = 0; j < dimension; j++) {
        vectors[i * dimension + j] = (float) random.nextGaussian();
      }
    }
    return new VectorBlock(ids, vectors, dimension);
  }

  @Test
  void findsFewerWhereThereAreFewer() {
    TrecRun run = retrieve(TinyModel.texts("p", 3, 3), TinyModel.texts("q", 2, 4), 2, 1000);
    assertThat(run.ranking("q0")).hasSize(3);
    assertThat(run.ranking("q1")).hasSize(3);
  }
}
