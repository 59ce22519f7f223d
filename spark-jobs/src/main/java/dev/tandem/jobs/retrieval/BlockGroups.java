package dev.tandem.jobs.retrieval;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** Joins neighbouring blocks of vectors to blocks of up to so many vectors, or one larger block. */
final class BlockGroups implements Iterator<VectorBlock> {
  private static final int LARGEST = 32_768;

  private final Iterator<VectorBlock> blocks;
  private VectorBlock ahead;

  BlockGroups(Iterator<VectorBlock> blocks) {
    this.blocks = blocks;
  }

  @Override
  public boolean hasNext() {
    return ahead != null || blocks.hasNext();
  }

  @Override
  public VectorBlock next() {
    if (!hasNext()) {
      throw new NoSuchElementException("there are no more blocks");
    }
    VectorBlock first = take();
    List<VectorBlock> group = new ArrayList<>(List.of(first));
    int size = first.size();
    while (hasNext()) {
      VectorBlock candidate = take();
      if (size + candidate.size() > LARGEST) {
        ahead = candidate;
        break;
      }
      group.add(candidate);
      size += candidate.size();
    }
    return VectorBlock.concatenate(group, first.dimension());
  }

  private VectorBlock take() {
    VectorBlock block = ahead == null ? blocks.next() : ahead;
    ahead = null;
    return block;
  }
}
