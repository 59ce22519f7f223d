package dev.tandem.model.optimize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Float32 arrays that vector kernels can read and write where they are, in host memory. */
final class HostFloats {
  /** The longest array, as a direct buffer has at most 2 GiB. */
  private static final long MAX_LENGTH = Integer.MAX_VALUE / Float.BYTES;

  private HostFloats() {}

  /** Whether an array is contiguous float32 in host memory, and not too long. */
  static boolean supports(INDArray array) {
    return array.dataType() == DataType.FLOAT
        && array.elementWiseStride() == 1
        && array.length() <= MAX_LENGTH
        && "CPU".equals(Nd4j.getExecutioner().getEnvironmentInformation().get("backend"));
  }

  /** The memory of a supported array, in native byte order. It must not outlive the array. */
  static ByteBuffer bytes(INDArray array) {
    return new FloatPointer(array.data().addressPointer())
        .capacity(array.length())
        .asByteBuffer()
        .order(ByteOrder.nativeOrder());
  }
}
