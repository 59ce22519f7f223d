package dev.tandem.index.search;

import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Searches over arrays, and random vectors for them. */
final class TestSearches {

  private TestSearches() {}

  static SearchHits scan(float[][] vectors, float[][] queries, int k, Optional<BitSet> accepted) {
    int dimension = queries[0].length;
    PassageIds ids = ids(vectors.length);
    try (LoadedPart part = new LoadedPart(VectorMatrix.copyOf(vectors, dimension), ids);
        VectorMatrix queryMatrix = VectorMatrix.copyOf(queries, dimension)) {
      return new RowScan(part).search(queryMatrix, k, accepted).withIds(ids);
    }
  }

  static SearchHits search(float[][] vectors, float[][] queries, int k) {
    return search(vectors, ids(vectors.length), queries, k, 1);
  }

  static SearchHits search(
      float[][] vectors, PassageIds ids, float[][] queries, int k, int threads) {
    return search(vectors, ids, queries, k, threads, SearchCompute.AUTO);
  }

  static SearchHits search(
      float[][] vectors,
      PassageIds ids,
      float[][] queries,
      int k,
      int threads,
      SearchCompute compute) {
    int queryDimension = queries[0].length;
    int dimension = vectors.length == 0 ? queryDimension : vectors[0].length;
    try (VectorMatrix matrix = VectorMatrix.copyOf(vectors, dimension);
        VectorMatrix queryMatrix = VectorMatrix.copyOf(queries, queryDimension);
        ExactSearcher searcher = new ExactSearcher(matrix, ids, compute)) {
      return searcher.search(queryMatrix, k, threads).withIds(ids);
    }
  }

  static List<List<RankedPassage>> rankings(SearchHits hits) {
    List<List<RankedPassage>> rankings = new ArrayList<>();
    for (int query = 0; query < hits.queries(); query++) {
      rankings.add(hits.ranking(query));
    }
    return rankings;
  }

  static PassageIds ids(int rows) {
    List<String> ids = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      ids.add("p" + row);
    }
    return PassageIds.of(ids);
  }

  static float[][] gaussian(Random random, int rows, int dimension) {
    float[][] vectors = new float[rows][dimension];
    for (float[] vector : vectors) {
      for (int i = 0; i < dimension; i++) {
        vector[i] = (float) random.nextGaussian();
      }
    }
    return vectors;
  }
}
