package dev.tandem.jobs.retrieval;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.encoder.Pooling;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import org.apache.spark.util.KnownSizeEstimation;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One encoder of a dual encoder as the encoding tasks need it: its shape, how its embeddings are
 * made, and its parameters off heap.
 *
 * <p>Made to be the value of a Spark broadcast. Its parameters travel as raw bytes and are read
 * straight into off-heap memory, so a JVM holds one copy, shared by all its tasks, and in local
 * mode that copy is the driver's own. When the broadcast is destroyed the block manager drops the
 * tower and its memory is freed by garbage collection, which is safe against tasks that are still
 * running.
 *
 * <p>Spark must broadcast with the Java serializer, which is its default.
 */
public final class Tower implements Serializable, KnownSizeEstimation {
  private static final long serialVersionUID = 1L;
  private static final int CHUNK_BYTES = 1 << 20;

  private final EncoderArchitecture architecture;
  private final Pooling pooling;
  private final boolean normalize;
  private final String engine;
  private final Compute compute;
  private transient INDArray parameters;

  private Tower(
      EncoderArchitecture architecture,
      INDArray parameters,
      Pooling pooling,
      boolean normalize,
      String engine,
      Compute compute) {
    long expected = ParameterLayout.of(architecture).size();
    if (parameters.length() != expected || parameters.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException(
          "an encoder of this architecture has "
              + expected
              + " float parameters; given are "
              + parameters.length()
              + " of type "
              + parameters.dataType());
    }
    this.architecture = architecture;
    this.parameters = parameters;
    this.pooling = pooling;
    this.normalize = normalize;
    this.engine = engine;
    this.compute = compute;
  }

  /**
   * A tower over a parameter view of the caller, which is not copied and must not change while the
   * tower is in use.
   *
   * @param architecture shape of the encoder
   * @param parameters its parameters in the order of {@link ParameterLayout}, float32, contiguous,
   *     [size] or [1, size]
   * @param pooling how token representations become an embedding
   * @param normalize whether embeddings are scaled to unit length
   * @param engine the engine to encode with, a value of {@code model.engine}
   * @param compute what its linear layers multiply
   * @throws IllegalArgumentException if the number or type of the parameters does not fit
   */
  public static Tower over(
      EncoderArchitecture architecture,
      INDArray parameters,
      Pooling pooling,
      boolean normalize,
      String engine,
      Compute compute) {
    return new Tower(architecture, parameters, pooling, normalize, engine, compute);
  }

  /** A tower with its own off-heap copy of the parameters; otherwise as {@link #over}. */
  public static Tower copyOf(
      EncoderArchitecture architecture,
      float[] parameters,
      Pooling pooling,
      boolean normalize,
      String engine,
      Compute compute) {
    return new Tower(architecture, detachedCopy(parameters), pooling, normalize, engine, compute);
  }

  /** Shape of the encoder. */
  public EncoderArchitecture architecture() {
    return architecture;
  }

  /** The parameters, [size] or [1, size]; shared by all tasks of this JVM, not to be changed. */
  public INDArray parameters() {
    return parameters;
  }

  /** How token representations become an embedding. */
  public Pooling pooling() {
    return pooling;
  }

  /** Whether embeddings are scaled to unit length. */
  public boolean normalize() {
    return normalize;
  }

  /** The engine to encode with, a value of {@code model.engine}. */
  public String engine() {
    return engine;
  }

  /** What the engine's linear layers multiply, where the machine can. */
  public Compute compute() {
    return compute;
  }

  /** Elements of an embedding. */
  public int dimension() {
    return architecture.hiddenSize();
  }

  /** Bytes held, for Spark's memory accounting; keeps it from walking through ND4J's objects. */
  @Override
  public long estimatedSize() {
    return parameters.length() * Float.BYTES;
  }

  private static INDArray detachedCopy(float[] values) {
    INDArray array = Nd4j.createUninitializedDetached(DataType.FLOAT, values.length);
    array.data().asNioFloat().put(values);
    return array;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    byte[] chunk = new byte[CHUNK_BYTES];
    BytePointer source = bytes(parameters);
    long end = parameters.length() * Float.BYTES;
    for (long at = 0; at < end; at += chunk.length) {
      int length = (int) Math.min(chunk.length, end - at);
      source.position(at).get(chunk, 0, length);
      out.write(chunk, 0, length);
    }
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    long size = ParameterLayout.of(architecture).size();
    INDArray array = Nd4j.createUninitializedDetached(DataType.FLOAT, size);
    BytePointer target = bytes(array);
    byte[] chunk = new byte[CHUNK_BYTES];
    long end = size * Float.BYTES;
    for (long at = 0; at < end; at += chunk.length) {
      int length = (int) Math.min(chunk.length, end - at);
      in.readFully(chunk, 0, length);
      target.position(at).put(chunk, 0, length);
    }
    parameters = array;
  }

  /** The array's elements as bytes in the machine's order, which all of Tandem's targets share. */
  private static BytePointer bytes(INDArray array) {
    Pointer pointer = array.data().pointer();
    BytePointer bytes = new BytePointer(pointer);
    bytes.position((pointer.position() + array.offset()) * Float.BYTES);
    return bytes.getPointer(BytePointer.class);
  }
}
