package dev.tandem.model.pretrained;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.tokenize.TokenizerJson;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A model packed in a jar on Maven Central: an ONNX file and a {@code tokenizer.json}.
 *
 * @param name what users call it, after {@code classpath:}
 * @param resource name of the two resources without their endings
 * @param artifact Maven coordinates of the jar
 * @param pooling the pooling it was trained with
 * @param maxLength the longest text in tokens it was made for
 */
record PackedModel(String name, String resource, String artifact, Pooling pooling, int maxLength) {

  private static final String JARS = "dev.langchain4j:langchain4j-embeddings-";

  /** Every packed model that is known; all of them normalize. */
  static final List<PackedModel> KNOWN =
      List.of(
          new PackedModel(
              "all-MiniLM-L6-v2",
              "all-minilm-l6-v2",
              JARS + "all-minilm-l6-v2:0.36.2",
              Pooling.MEAN,
              256),
          new PackedModel(
              "bge-small-en-v1.5",
              "bge-small-en-v1.5",
              JARS + "bge-small-en-v15:0.36.2",
              Pooling.CLS,
              512),
          new PackedModel(
              "e5-small-v2", "e5-small-v2", JARS + "e5-small-v2:0.36.2", Pooling.MEAN, 512));

  /**
   * The packed model of a name, upper and lower case being the same.
   *
   * @throws ModelFormatException if there is none, with those there are
   */
  static PackedModel named(String name) throws ModelFormatException {
    for (PackedModel model : KNOWN) {
      if (model.name().equalsIgnoreCase(name)) {
        return model;
      }
    }
    throw new ModelFormatException(
        "no packed model is called classpath:"
            + name
            + "; there are "
            + KNOWN.stream()
                .map(m -> "classpath:" + m.name() + " (jar " + m.artifact() + ")")
                .collect(Collectors.joining(", "))
            + "; any other BERT model is given as a directory in Hugging Face layout");
  }

  /**
   * Reads the model from the class path.
   *
   * @throws ModelFormatException if its jar is not there
   */
  PretrainedEncoder read() throws IOException {
    byte[] tokenizer;
    try (InputStream in = open(resource + "-tokenizer.json")) {
      tokenizer = TokenizerJson.parse(in.readAllBytes()).bytes();
    }
    String file = resource + ".onnx";
    try (InputStream in = new BufferedInputStream(open(file), 1 << 16);
        OnnxWeights weights = OnnxWeights.read(in, "classpath:" + file)) {
      EncoderArchitecture architecture = weights.architecture();
      return new PretrainedEncoder(
          name,
          architecture,
          FlatParameters.read(weights, architecture),
          tokenizer,
          pooling,
          true,
          maxLength);
    }
  }

  private InputStream open(String file) throws ModelFormatException {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    InputStream in = context == null ? null : context.getResourceAsStream(file);
    if (in == null) {
      in = PackedModel.class.getResourceAsStream("/" + file);
    }
    if (in == null) {
      throw new ModelFormatException(
          "classpath:"
              + name
              + " is not on the class path: add the jar "
              + artifact
              + " (with spark-submit: --packages "
              + artifact
              + ")");
    }
    return in;
  }
}
