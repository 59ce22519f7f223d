package dev.tandem.jobs.retrieval;

import java.util.Iterator;
import org.apache.spark.util.LongAccumulator;

/** Gives what another iterator gives, and counts when that has no more. */
final class CountedAtEnd<T> implements Iterator<T> {
  private final Iterator<T> all;
  private final LongAccumulator counter;
  private final long count;
  private boolean counted;

  /**
   * @param counter what to add to
   * @param count what to add, once
   */
  CountedAtEnd(Iterator<T> all, LongAccumulator counter, long count) {
    this.all = all;
    this.counter = counter;
    this.count = count;
  }

  @Override
  public boolean hasNext() {
    boolean more = all.hasNext();
    if (!more && !counted) {
      counted = true;
      counter.add(count);
    }
    return more;
  }

  @Override
  public T next() {
    return all.next();
  }
}
