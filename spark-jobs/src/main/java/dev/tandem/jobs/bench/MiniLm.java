package dev.tandem.jobs.bench;

import dev.tandem.model.pretrained.ModelSource;
import dev.tandem.model.pretrained.PretrainedEncoder;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;

/** The packed all-MiniLM-L6-v2, for Tandem and as the ONNX file it comes from. */
final class MiniLm {
  private static final String SOURCE = "classpath:all-MiniLM-L6-v2";
  private static final String FILE = "/all-minilm-l6-v2.onnx";

  private MiniLm() {}

  /** The model as Tandem reads it. */
  static PretrainedEncoder load(Configuration hadoop) throws IOException {
    return ModelSource.load(SOURCE, hadoop);
  }

  /** The bytes of the ONNX file with the same weights. */
  static byte[] onnx() throws IOException {
    try (InputStream in = PretrainedEncoder.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IOException(SOURCE + " is not on the class path");
      }
      return in.readAllBytes();
    }
  }
}
