package dev.tandem.index.hnsw;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.NeighborArray;
import org.apache.lucene.util.hnsw.OnHeapHnswGraph;

/**
 * A finished graph: on each level the neighbours of each node, in flat arrays. Nodes are the rows
 * of the part. Immutable and safe to share between threads; each search looks through a {@link
 * #view} of its own.
 */
public final class NeighbourGraph {

  /**
   * One level.
   *
   * @param nodes the nodes on it, ascending; null for the lowest, which has all
   * @param starts where the neighbours of each of them start, and one past the last at the end
   * @param neighbours nodes on the same level
   */
  record Level(int[] nodes, int[] starts, int[] neighbours) {

    int count() {
      return starts.length - 1;
    }

    /** Where a node is among those of the level. */
    int place(int node) {
      return nodes == null ? node : Arrays.binarySearch(nodes, node);
    }
  }

  private final int entry;
  private final Level[] levels;

  /**
   * @param entry where searches start, on the highest level
   * @param levels from the lowest, which has all nodes; none for a graph without nodes
   */
  NeighbourGraph(int entry, Level[] levels) {
    this.entry = entry;
    this.levels = levels;
  }

  static NeighbourGraph copyOf(OnHeapHnswGraph graph) {
    int count = graph.size() == 0 ? 0 : graph.numLevels();
    Level[] levels = new Level[count];
    for (int l = 0; l < count; l++) {
      int[] nodes = sorted(graph.getNodesOnLevel(l));
      int[] starts = new int[nodes.length + 1];
      for (int i = 0; i < nodes.length; i++) {
        starts[i + 1] = starts[i] + graph.getNeighbors(l, nodes[i]).size();
      }
      int[] neighbours = new int[starts[nodes.length]];
      for (int i = 0; i < nodes.length; i++) {
        NeighborArray of = graph.getNeighbors(l, nodes[i]);
        System.arraycopy(of.nodes(), 0, neighbours, starts[i], of.size());
      }
      levels[l] = new Level(l == 0 ? null : nodes, starts, neighbours);
    }
    return new NeighbourGraph(count == 0 ? -1 : graph.entryNode(), levels);
  }

  private static int[] sorted(HnswGraph.NodesIterator iterator) {
    int[] nodes = new int[iterator.size()];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = iterator.nextInt();
    }
    Arrays.sort(nodes);
    return nodes;
  }

  /** Number of nodes. */
  public int size() {
    return levels.length == 0 ? 0 : levels[0].count();
  }

  /** Number of connections on the lowest level, each counted at the node it starts from. */
  public long connections() {
    return levels.length == 0 ? 0 : levels[0].neighbours().length;
  }

  int entry() {
    return entry;
  }

  Level[] levels() {
    return levels;
  }

  /**
   * How many nodes cannot be reached on the lowest level from where searches start: no search finds
   * them unless it comes down beside them from a higher level.
   */
  public int disconnected() {
    if (levels.length == 0) {
      return 0;
    }
    Level lowest = levels[0];
    BitSet reached = new BitSet(size());
    int[] queue = new int[size()];
    int known = 0;
    queue[known++] = entry;
    reached.set(entry);
    for (int next = 0; next < known; next++) {
      for (int i = lowest.starts()[queue[next]]; i < lowest.starts()[queue[next] + 1]; i++) {
        int neighbour = lowest.neighbours()[i];
        if (!reached.get(neighbour)) {
          reached.set(neighbour);
          queue[known++] = neighbour;
        }
      }
    }
    return size() - known;
  }

  /** The graph as Lucene's search goes through it; for one thread. */
  HnswGraph view() {
    return new View();
  }

  private final class View extends HnswGraph {

    private int[] neighbours;
    private int next;
    private int end;

    @Override
    public void seek(int level, int node) {
      Level on = levels[level];
      int place = on.place(node);
      neighbours = on.neighbours();
      next = on.starts()[place];
      end = on.starts()[place + 1];
    }

    @Override
    public int nextNeighbor() {
      return next < end
          ? neighbours[next++]
          : org.apache.lucene.search.DocIdSetIterator.NO_MORE_DOCS;
    }

    @Override
    public int size() {
      return NeighbourGraph.this.size();
    }

    @Override
    public int numLevels() {
      return levels.length;
    }

    @Override
    public int entryNode() {
      return entry;
    }

    @Override
    public NodesIterator getNodesOnLevel(int level) throws IOException {
      int[] nodes = levels[level].nodes();
      return nodes == null
          ? new ArrayNodesIterator(size())
          : new ArrayNodesIterator(nodes, nodes.length);
    }
  }
}
