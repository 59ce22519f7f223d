package dev.tandem.index.vector;

/**
 * A part in memory: vectors and, row for row, the ids of their passages. Closing it frees the
 * vectors; the ids stay.
 *
 * @param vectors owned by this part
 * @param ids as many as there are vectors
 */
public record LoadedPart(VectorMatrix vectors, PassageIds ids) implements AutoCloseable {

  /** Checks that there is an id for each vector. */
  public LoadedPart {
    if (vectors.rows() != ids.size()) {
      throw new IllegalArgumentException(
          vectors.rows() + " vectors but " + ids.size() + " passage ids");
    }
  }

  @Override
  public void close() {
    vectors.close();
  }
}
