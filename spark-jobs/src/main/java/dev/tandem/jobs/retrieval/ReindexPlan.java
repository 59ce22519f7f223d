package dev.tandem.jobs.retrieval;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Which shards the next version has, and what each is made of.
 *
 * @param works the shards
 * @param copied shards taken over to the byte, but for a list of deleted rows
 * @param rebuilt shards made anew from rows that were there, with new ones or not
 * @param added shards of new rows alone
 */
record ReindexPlan(List<IndexBuild.Work> works, int copied, int rebuilt, int added) {

  /**
   * Plans. A shard that lost nothing is copied. One with a graph that lost less than the greatest
   * share is copied too, with its deleted rows listed; any other that lost rows is rebuilt. Small
   * shards are joined with the new rows, so that a year of nights does not leave a shard each.
   *
   * @param index the version to go on from; null where there is none
   * @param dropped rows of it to leave out, by number of the shard
   * @param fresh vectors of new and changed passages; none is allowed
   * @param settings how shards are built
   * @param keepGraphs whether the version's shards were built with these settings
   * @param maximumDeleted greatest share of deleted rows in a graph, 0 to 1
   */
  static ReindexPlan of(
      IndexShards index,
      Map<Integer, BitSet> dropped,
      List<VectorSource> fresh,
      IndexSettings settings,
      boolean keepGraphs,
      double maximumDeleted) {
    List<IndexBuild.Work> works = new ArrayList<>();
    List<VectorSource> small = new ArrayList<>();
    int rebuilt = 0;
    if (index != null) {
      for (IndexShard shard : index.shards()) {
        BitSet deleted = shard.deletedRows();
        deleted.or(dropped.getOrDefault(shard.number(), new BitSet()));
        int rows = shard.vectors().rows();
        int live = rows - deleted.cardinality();
        if (live == 0) {
          continue;
        }
        VectorSource rest =
            new VectorSource(
                new VectorShards.Part(index.path().toString(), shard.vectors(), IndexShards.ADVICE),
                deleted);
        boolean graph = shard.graph() != null;
        if (live < settings.shardVectors() / 2) {
          small.add(rest);
        } else if (keepGraphs
            && (deleted.isEmpty() || (graph && deleted.cardinality() <= maximumDeleted * rows))) {
          works.add(copy(works.size(), index, shard, deleted));
        } else {
          works.add(IndexBuild.Work.of(works.size(), List.of(rest)));
          rebuilt++;
        }
      }
      // A small shard by itself that stays as it is need not be made anew.
      if (small.size() == 1 && fresh.isEmpty() && keepGraphs) {
        VectorSource only = small.get(0);
        for (IndexShard shard : index.shards()) {
          boolean same = shard.vectors().equals(only.part().description());
          if (same && only.dropped().equals(shard.deletedRows())) {
            works.add(copy(works.size(), index, shard, only.dropped()));
            small.clear();
          }
        }
      }
    }
    int copied = works.size() - rebuilt;
    small.addAll(fresh);
    List<IndexBuild.Work> joined = IndexBuild.divide(small, settings.shardVectors(), works.size());
    works.addAll(joined);
    int withOld =
        index == null
            ? 0
            : (int) joined.stream().filter(work -> isOf(work, index.path().toString())).count();
    return new ReindexPlan(works, copied, rebuilt + withOld, joined.size() - withOld);
  }

  private static boolean isOf(IndexBuild.Work work, String directory) {
    return work.sources().stream().anyMatch(source -> source.part().directory().equals(directory));
  }

  private static IndexBuild.Work copy(
      int number, IndexShards index, IndexShard shard, BitSet deleted) {
    IndexShard with =
        new IndexShard(
            shard.number(),
            shard.vectors(),
            shard.graph(),
            shard.connections(),
            shard.disconnected(),
            deleted.isEmpty() ? null : deleted.toByteArray(),
            null, // counted where the shard is copied
            shard.files());
    return new IndexBuild.Work(number, new ArrayList<>(), with, index.path().toString());
  }

  /** Whether all shards are copies. */
  boolean isCopy() {
    return rebuilt == 0 && added == 0;
  }
}
