package dev.tandem.index.vector;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Writes one part. Files appear under their names only in {@link #finish}; closing without it
 * leaves nothing behind. Not thread-safe.
 *
 * <pre>{@code
 * try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part-00000", 384)) {
 *   writer.append(id, vector);
 *   VectorPart part = writer.finish();
 * }
 * }</pre>
 */
public final class VectorPartWriter implements Closeable {

  private static final int BUFFER_BYTES = 1 << 20;
  private static final int FIRST_ROWS = 1024;
  private static final String IDS_ENDING = ".ids";

  private final PartFiles files;
  private final String name;
  private final int dimension;
  private final VectorStorage storage;
  private final CRC32C vectorsSum = new CRC32C();
  private final CRC32C idsSum = new CRC32C();
  private final OutputStream vectors;
  private final byte[] block;
  private final ByteBuffer blockBytes;
  private ByteBuffer scales;
  private final PassageIds.Builder ids = new PassageIds.Builder();
  private final float[] row;
  private PassageWriter passages;
  private boolean vectorsClosed;
  private boolean finished;

  /**
   * Opens a part of float32 for writing; its files appear under their names together with {@link
   * #finish}.
   *
   * @param directory where the set's files lie, made if missing
   * @param name the part's name, which its files start with
   * @param dimension components of a vector
   * @throws IOException if the file cannot be created
   */
  public VectorPartWriter(FileSystem fileSystem, Path directory, String name, int dimension)
      throws IOException {
    this(new RenamedFiles(fileSystem, directory), name, dimension, VectorStorage.FLOAT32);
  }

  /**
   * Opens a part for writing where the caller sees to temporary names.
   *
   * @param files where the part's files go
   * @param name the part's name, which its files start with
   * @param dimension components of a vector
   * @param storage how the file keeps them
   * @throws IOException if the file cannot be created
   */
  public VectorPartWriter(PartFiles files, String name, int dimension, VectorStorage storage)
      throws IOException {
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension must be positive, got " + dimension);
    }
    if (name.isEmpty() || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("a part's name must be a plain file name: '" + name + "'");
    }
    this.files = files;
    this.name = name;
    this.dimension = dimension;
    this.storage = storage;
    int rowBytes = storage.rows().bytes(dimension);
    block = new byte[Math.max(1, BUFFER_BYTES / rowBytes) * rowBytes];
    blockBytes = RowFormat.littleEndian(block);
    scales = RowFormat.littleEndian(new byte[FIRST_ROWS * storage.rows().scaleBytes()]);
    row = new float[dimension];
    vectors = new CheckedOutputStream(files.create(name + storage.ending()), vectorsSum);
  }

  /** As {@link #append(String, float[], int)} from the array's start. */
  public void append(String id, float[] vector) throws IOException {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "vector of passage '" + id + "' has " + vector.length + " floats, expected " + dimension);
    }
    append(id, vector, 0);
  }

  /**
   * Adds a vector.
   *
   * @param from index of the vector's first float in the array
   * @throws IllegalArgumentException if the id is empty or has a tab or line break, or a component
   *     is NaN or infinite
   * @throws VectorRangeException if a component is finite and too large for the storage
   * @throws IllegalStateException if the part is full or finished
   */
  public void append(String id, float[] array, int from) throws IOException {
    if (passages != null) {
      throw new IllegalStateException(
          "part '" + name + "' has passages, the one of '" + id + "' is missing");
    }
    appendVector(id, array, from);
  }

  /**
   * Adds a vector and its passage. A part has the passages of all its rows or of none.
   *
   * @param from index of the vector's first float in the array
   * @param passage of this row; for further vectors of one passage, which must follow each other,
   *     with an empty text
   * @throws IllegalArgumentException as {@link #append(String, float[], int)}
   * @throws IllegalStateException as that, or if earlier rows came without passages
   */
  public void append(String id, float[] array, int from, PassageText passage) throws IOException {
    if (passages == null) {
      if (ids.size() > 0) {
        throw new IllegalStateException(
            "part '" + name + "' has rows without passages, and '" + id + "' comes with one");
      }
      passages = new PassageWriter(files, name);
    }
    appendVector(id, array, from);
    passages.append(passage);
  }

  private void appendVector(String id, float[] array, int from) throws IOException {
    if (vectorsClosed) {
      throw new IllegalStateException("part '" + name + "' is finished, nothing can be added");
    }
    if (ids.size() >= VectorPart.maxRows(storage, dimension)) {
      throw new IllegalStateException(
          "part '"
              + name
              + "' is full with "
              + ids.size()
              + " vectors of "
              + dimension
              + " components; start another one (VectorPart.maxRows says when)");
    }
    for (int i = 0; i < dimension; i++) {
      if (!Float.isFinite(array[from + i])) {
        throw new IllegalArgumentException(
            "vector of passage '"
                + id
                + "' has "
                + array[from + i]
                + " at component "
                + i
                + "; only finite vectors can be searched");
      }
    }
    int unfit = storage.rows().unfit(array, from, dimension);
    if (unfit >= 0) {
      throw new VectorRangeException(
          "vector of passage '"
              + id
              + "' has "
              + array[from + unfit]
              + " at component "
              + unfit
              + ", and "
              + storage
              + " reaches to "
              + storage.rows().limit()
              + "; store the vectors as float32, or scale them down");
    }
    ids.add(id);
    if (scales.remaining() < storage.rows().scaleBytes()) {
      scales =
          RowFormat.littleEndian(Arrays.copyOf(scales.array(), 2 * scales.capacity()))
              .position(scales.position());
    }
    storage.rows().write(array, from, dimension, blockBytes, scales);
    if (!blockBytes.hasRemaining()) {
      flushBlock();
    }
  }

  /**
   * Adds a vector from a buffer.
   *
   * @param buffer with the vector's floats from its position on; the position moves past them
   * @throws IllegalArgumentException as in {@link #append(String, float[], int)}
   */
  public void append(String id, FloatBuffer buffer) throws IOException {
    buffer.get(row);
    append(id, row, 0);
  }

  /** Number of vectors so far. */
  public int rows() {
    return ids.size();
  }

  /**
   * Puts the part under its final names, replacing files of an earlier attempt.
   *
   * @return what the set's manifest must keep of it
   * @throws IOException if writing or renaming fails
   */
  public VectorPart finish() throws IOException {
    return finish(Optional.empty());
  }

  /**
   * As {@link #finish()}, with metadata of the rows' passages.
   *
   * @param metadata as many rows as there are vectors; without any field nothing is written
   * @throws IllegalArgumentException if they are of another number of rows
   */
  public VectorPart finish(PassageMetadata metadata) throws IOException {
    if (metadata.rows() != ids.size()) {
      throw new IllegalArgumentException(
          "part '" + name + "' has " + ids.size() + " rows, the metadata " + metadata.rows());
    }
    return finish(Optional.of(metadata).filter(some -> !some.fields().isEmpty()));
  }

  private VectorPart finish(Optional<PassageMetadata> metadata) throws IOException {
    if (vectorsClosed) {
      throw new IllegalStateException("part '" + name + "' is finished already");
    }
    flushBlock();
    vectors.write(scales.array(), 0, scales.position());
    closeVectors();
    PassageIds built = ids.build();
    try (OutputStream out = new CheckedOutputStream(files.create(name + IDS_ENDING), idsSum)) {
      built.writeTo(out);
    }
    PassagesFile passagesFile = passages == null ? null : passages.finish();
    MetadataFile metadataFile =
        metadata.isPresent() ? MetadataFormat.write(metadata.get(), files, name) : null;
    VectorPart part =
        new VectorPart(
            name,
            name + storage.ending(),
            name + IDS_ENDING,
            built.size(),
            dimension,
            storage,
            storage.bytes(built.size(), dimension),
            ids.bytes(),
            hex(vectorsSum),
            hex(idsSum),
            passagesFile,
            metadataFile);
    files.commit();
    finished = true;
    return part;
  }

  private void flushBlock() throws IOException {
    vectors.write(block, 0, blockBytes.position());
    blockBytes.clear();
  }

  private void closeVectors() throws IOException {
    vectorsClosed = true;
    vectors.close();
  }

  static String hex(CRC32C sum) {
    return String.format("%08x", sum.getValue());
  }

  /** Removes what was written unless {@link #finish} put it in place. */
  @Override
  public void close() throws IOException {
    if (!vectorsClosed) {
      closeVectors();
    }
    if (passages != null && !finished) {
      passages.close();
    }
    if (!finished) {
      files.discard();
    }
  }
}
