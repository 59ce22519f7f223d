package dev.tandem.index.search;

import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageRows;
import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * What is searched for the passages of a part: its own vectors, or for {@link Aggregation#SUM} the
 * sum of each passage's. Sums are this object's and freed with it; the part stays with its owner.
 */
final class PassageVectors implements AutoCloseable {

  private final PassageRows rows;
  private final VectorMatrix vectors;
  private final PassageIds ids;
  private final boolean summed;

  PassageVectors(LoadedPart part, Aggregation aggregation) {
    rows = PassageRows.of(part.ids());
    summed = aggregation == Aggregation.SUM && !rows.single();
    vectors = summed ? sums(part.vectors(), rows) : part.vectors();
    ids = summed ? firstIds(part.ids(), rows) : part.ids();
  }

  private static VectorMatrix sums(VectorMatrix vectors, PassageRows rows) {
    int dimension = vectors.dimension();
    VectorMatrix sums = VectorMatrix.allocate(rows.passages(), dimension);
    FloatBuffer from = vectors.buffer();
    FloatBuffer to = sums.buffer();
    float[] row = new float[dimension];
    double[] sum = new double[dimension];
    for (int passage = 0; passage < rows.passages(); passage++) {
      Arrays.fill(sum, 0);
      for (int r = rows.first(passage); r < rows.end(passage); r++) {
        from.get(row);
        for (int i = 0; i < dimension; i++) {
          sum[i] += row[i];
        }
      }
      for (int i = 0; i < dimension; i++) {
        row[i] = (float) sum[i];
      }
      to.put(row);
    }
    return sums;
  }

  private static PassageIds firstIds(PassageIds ids, PassageRows rows) {
    PassageIds.Builder first = new PassageIds.Builder();
    for (int passage = 0; passage < rows.passages(); passage++) {
      first.add(ids, rows.first(passage));
    }
    return first.build();
  }

  /** The passages of the part's rows. */
  PassageRows rows() {
    return rows;
  }

  /** One for each passage where {@link #perPassage}, else one for each row of the part. */
  VectorMatrix vectors() {
    return vectors;
  }

  /** As many as there are vectors. */
  PassageIds ids() {
    return ids;
  }

  /** Whether there is one vector a passage, so that what finds vectors finds passages. */
  boolean perPassage() {
    return summed || rows.single();
  }

  /** Hits among the vectors of {@link #perPassage} as hits in the part's rows. */
  PartHits inPart(PartHits hits) {
    if (!summed) {
      return hits;
    }
    int[] starts = new int[hits.queries() + 1];
    for (int query = 0; query < hits.queries(); query++) {
      starts[query + 1] = starts[query] + hits.count(query);
    }
    float[] scores = new float[starts[hits.queries()]];
    int[] first = new int[scores.length];
    for (int query = 0; query < hits.queries(); query++) {
      for (int rank = 0; rank < hits.count(query); rank++) {
        scores[starts[query] + rank] = hits.score(query, rank);
        first[starts[query] + rank] = rows.first(hits.row(query, rank));
      }
    }
    return new PartHits(starts, scores, first);
  }

  @Override
  public void close() {
    if (summed) {
      vectors.close();
    }
  }
}
