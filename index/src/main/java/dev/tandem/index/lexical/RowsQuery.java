package dev.tandem.index.lexical;

import java.util.BitSet;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.FixedBitSet;

/** Lucene's form of a set of documents by number: matches them and scores nothing. */
final class RowsQuery extends Query {

  private final BitSet rows;

  RowsQuery(BitSet rows) {
    this.rows = rows;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
    return new ConstantScoreWeight(this, boost) {
      @Override
      public Scorer scorer(LeafReaderContext leaf) {
        int size = leaf.reader().maxDoc();
        FixedBitSet here = new FixedBitSet(size);
        rows.get(leaf.docBase, leaf.docBase + size).stream().forEach(here::set);
        int count = here.cardinality();
        return count == 0
            ? null
            : new ConstantScoreScorer(this, score(), mode, new BitSetIterator(here, count));
      }

      @Override
      public boolean isCacheable(LeafReaderContext leaf) {
        return false;
      }
    };
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
  }

  @Override
  public String toString(String field) {
    return rows.cardinality() + " rows";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowsQuery that && rows.equals(that.rows);
  }

  @Override
  public int hashCode() {
    return rows.hashCode();
  }
}
