package dev.tandem.model.encoder;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import org.bytedeco.javacpp.FloatPointer;

/**
 * The float32 matrix product of oneDNN by itself, on the calling thread alone, for whoever measures
 * what a machine can do. {@link CpuEncoderEngine} multiplies by it where it is there.
 */
public final class OneDnnProduct {

  private OneDnnProduct() {}

  /** Whether there is a oneDNN for this platform. */
  public static boolean available() {
    return OneDnn.present();
  }

  /**
   * {@code c = a * b^T} of square row-major matrices.
   *
   * @param size rows and columns of each
   * @throws IllegalStateException if oneDNN fails, or is not {@link #available}
   */
  public static void multiplyTransposed(int size, FloatPointer a, FloatPointer b, FloatPointer c) {
    if (!available()) {
      throw new IllegalStateException("there is no oneDNN for this platform");
    }
    OneDnn.useOneThread();
    OneDnn.check(
        "a float32 product",
        dnnl_sgemm((byte) 'N', (byte) 'T', size, size, size, 1f, a, size, b, size, 0f, c, size));
  }
}
