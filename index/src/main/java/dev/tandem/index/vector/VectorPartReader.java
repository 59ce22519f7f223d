package dev.tandem.index.vector;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Reads parts into memory, checking length and checksum of every byte, or maps them there, checking
 * lengths.
 */
public final class VectorPartReader {

  private static final int BLOCK_BYTES = 1 << 20;

  private VectorPartReader() {}

  /**
   * Reads a whole part.
   *
   * @param directory where the set's files lie
   * @return vectors and ids, to be closed by the caller
   * @throws VectorPartException if a file is missing, has another length or checksum than the part
   *     says, or the ids do not fit
   * @throws IOException if reading fails
   */
  public static LoadedPart read(FileSystem fileSystem, Path directory, VectorPart part)
      throws IOException {
    PassageIds ids = readIds(fileSystem, directory, part);
    return new LoadedPart(readVectors(fileSystem, directory, part), ids);
  }

  /**
   * Maps the vectors of a part on the local file system into memory and reads its ids. Of the
   * vectors' file only the length is checked: its content is read where it is used, by all
   * processes that map it from the same memory. It may be deleted while it is mapped, but not cut
   * off. What is not stored as float32 cannot be mapped and is read into memory, as {@link #read}
   * does.
   *
   * @param directory where the set's files lie
   * @return vectors and ids, to be closed by the caller
   * @throws VectorPartException if a file is missing or has another length, or the ids have another
   *     checksum or do not fit
   * @throws IOException if reading fails
   */
  public static LoadedPart map(java.nio.file.Path directory, VectorPart part) throws IOException {
    Path path = new Path(directory.toUri());
    FileSystem local = FileSystem.getLocal(new Configuration(false)).getRaw();
    PassageIds ids = readIds(local, path, part);
    boolean asInMemory =
        part.storage() == VectorStorage.FLOAT32
            && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    if (part.rows() == 0 || !asInMemory) {
      return new LoadedPart(readVectors(local, path, part), ids);
    }
    return new LoadedPart(
        VectorMatrix.over(
            MappedFile.whole(directory.resolve(part.vectorsFile()), part.vectorsBytes()),
            part.rows(),
            part.dimension()),
        ids);
  }

  /** Reads the ids alone; fails as {@link #read} does. */
  public static PassageIds readIds(FileSystem fileSystem, Path directory, VectorPart part)
      throws IOException {
    Path file = new Path(directory, part.idsFile());
    byte[] content = new byte[(int) part.idsBytes()];
    CRC32C sum = new CRC32C();
    try (FSDataInputStream in = open(fileSystem, file, part.idsBytes())) {
      readFully(in, content, content.length, file);
    }
    sum.update(content, 0, content.length);
    check(file.toString(), sum, part.idsCrc32c());
    return PassageIds.parse(content, part.rows(), file.toString());
  }

  /**
   * Reads the metadata of the rows' passages alone; fails as {@link #read} does.
   *
   * @return without any field where the part keeps none
   */
  public static PassageMetadata readMetadata(FileSystem fileSystem, Path directory, VectorPart part)
      throws IOException {
    MetadataFile file = part.metadata();
    return file == null
        ? new PassageMetadata(part.rows(), new TreeMap<>())
        : MetadataFormat.read(fileSystem, new Path(directory, file.file()), file, part.rows());
  }

  /** Reads the vectors alone; fails as {@link #read} does. The caller closes the result. */
  public static VectorMatrix readVectors(FileSystem fileSystem, Path directory, VectorPart part)
      throws IOException {
    Path file = new Path(directory, part.vectorsFile());
    VectorMatrix matrix = VectorMatrix.allocate(part.rows(), part.dimension());
    boolean complete = false;
    RowFormat format = part.storage().rows();
    int rowBytes = format.bytes(part.dimension());
    try (FSDataInputStream in = open(fileSystem, file, part.vectorsBytes())) {
      CRC32C sum = new CRC32C();
      FloatBuffer target = matrix.buffer();
      // They lie behind the rows, and each block of rows needs its own.
      byte[] scales = readScales(in, file, part);
      ByteBuffer nextScales = RowFormat.littleEndian(scales);
      int atOnce = Math.max(1, BLOCK_BYTES / rowBytes);
      byte[] block = new byte[Math.min(atOnce, part.rows()) * rowBytes];
      for (int row = 0; row < part.rows(); row += atOnce) {
        int count = Math.min(atOnce, part.rows() - row);
        readFully(in, block, count * rowBytes, file);
        sum.update(block, 0, count * rowBytes);
        format.read(block, count, part.dimension(), nextScales, target);
      }
      sum.update(scales, 0, scales.length);
      check(file.toString(), sum, part.vectorsCrc32c());
      complete = true;
      return matrix;
    } finally {
      if (!complete) {
        matrix.close();
      }
    }
  }

  private static byte[] readScales(FSDataInputStream in, Path file, VectorPart part)
      throws IOException {
    byte[] scales = new byte[part.rows() * part.storage().rows().scaleBytes()];
    if (scales.length > 0) {
      in.seek(part.vectorsBytes() - scales.length);
      readFully(in, scales, scales.length, file);
      in.seek(0);
    }
    return scales;
  }

  static FSDataInputStream open(FileSystem fileSystem, Path file, long expectedBytes)
      throws IOException {
    long found;
    try {
      found = fileSystem.getFileStatus(file).getLen();
    } catch (FileNotFoundException e) {
      throw missing(file.toString(), expectedBytes, e);
    }
    if (found != expectedBytes) {
      throw otherLength(file.toString(), expectedBytes, found);
    }
    return fileSystem.open(file, 1 << 16);
  }

  static VectorPartException missing(String file, long expectedBytes, IOException cause) {
    return new VectorPartException(
        file + " is missing; the manifest expects it with " + expectedBytes + " bytes", cause);
  }

  static VectorPartException otherLength(String file, long expectedBytes, long found) {
    return new VectorPartException(
        file + " is damaged: expected " + expectedBytes + " bytes, found " + found);
  }

  private static void readFully(FSDataInputStream in, byte[] into, int length, Path file)
      throws IOException {
    try {
      in.readFully(into, 0, length);
    } catch (EOFException e) {
      throw new VectorPartException(file + " became shorter while it was read", e);
    } catch (ChecksumException e) {
      // The file system keeps sums of its own and noticed first.
      throw new VectorPartException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  static void check(String file, CRC32C sum, String expected) throws VectorPartException {
    String found = VectorPartWriter.hex(sum);
    if (!found.equals(expected)) {
      throw new VectorPartException(
          file + " is damaged: expected CRC-32C " + expected + ", found " + found);
    }
  }
}
