package dev.tandem.jobs.retrieval;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Divides a data set into parts that are large enough to be worth a task and small enough to fit in
 * its memory. The division follows from the data alone, not from the cluster, so an interrupted
 * encoding goes on with the same parts on any number of machines.
 */
final class Parts {
  private static final long WANTED = 32;
  private static final long SMALLEST = 256;
  private static final long LARGEST = 32_768;

  private Parts() {}

  /**
   * The elements in more partitions, without a shuffle: a partition is read once for each part made
   * of it, which takes every n-th of its elements. Reading tokens costs far less than encoding.
   *
   * @param elements whose partitions give the same elements in the same order each time
   * @param count how many elements there are
   */
  static <T> JavaRDD<T> divide(JavaSparkContext spark, JavaRDD<T> elements, long count) {
    int partitions = Math.max(1, elements.getNumPartitions());
    int strides = stridesFor(count, partitions);
    if (strides == 1) {
      return elements;
    }
    List<JavaRDD<T>> parts = new ArrayList<>();
    for (int i = 0; i < strides; i++) {
      int offset = i;
      parts.add(elements.mapPartitions(all -> new Strided<>(all, offset, strides)));
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    JavaRDD<T>[] array = parts.toArray(new JavaRDD[0]);
    return spark.union(array);
  }

  /** Parts to make of each of so many partitions. */
  static int stridesFor(long count, int partitions) {
    long size = Math.max(SMALLEST, Math.min(LARGEST, count / WANTED));
    long parts = Math.max(1, (count + size - 1) / size);
    return Math.toIntExact((parts + partitions - 1) / partitions);
  }

  /** Every {@code stride}-th element from one on. */
  private static final class Strided<T> implements Iterator<T> {
    private final Iterator<T> all;
    private final int stride;
    private int skip;

    Strided(Iterator<T> all, int offset, int stride) {
      this.all = all;
      this.stride = stride;
      this.skip = offset;
    }

    @Override
    public boolean hasNext() {
      while (skip > 0 && all.hasNext()) {
        all.next();
        skip--;
      }
      return skip == 0 && all.hasNext();
    }

    @Override
    public T next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the partition has no more elements");
      }
      skip = stride - 1;
      return all.next();
    }
  }
}
