package dev.tandem.index.vector;

import java.io.IOException;
import java.io.OutputStream;

/** Where a {@link VectorPartWriter} puts the files of its part. */
public interface PartFiles {

  /**
   * Opens a file.
   *
   * @param name its name in the set's directory
   * @throws IOException if it cannot be created
   */
  OutputStream create(String name) throws IOException;

  /**
   * All files are written and closed: they may take their names.
   *
   * @throws IOException if they cannot
   */
  default void commit() throws IOException {}

  /**
   * The part is given up, before a commit: removes what was written.
   *
   * @throws IOException if that fails
   */
  default void discard() throws IOException {}
}
