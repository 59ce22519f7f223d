package dev.tandem.model.pretrained;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.tokenize.TokenizerJson;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells models apart whose embeddings must not be mixed: vectors are searched only with the model
 * that made them.
 */
public final class ModelFingerprint {

  private static final int CHUNK = 1 << 16;

  private ModelFingerprint() {}

  /**
   * Hex SHA-256 over the architecture, every parameter bit by bit, the tokenizer, the pooling and
   * the normalization. The name does not count, nor the maximum length, which a job sets itself.
   */
  public static String of(PretrainedEncoder encoder) {
    MessageDigest digest = sha256();
    EncoderArchitecture a = encoder.architecture();
    String head =
        String.join(
            "\n",
            "tandem model 1",
            a.vocabularySize() + " " + a.hiddenSize() + " " + a.layers() + " " + a.heads(),
            a.intermediateSize() + " " + a.maxPositions() + " " + a.typeVocabularySize(),
            Double.toString(a.layerNormEpsilon()),
            TokenizerJson.parse(encoder.tokenizer()).fingerprint(),
            encoder.pooling().name(),
            Boolean.toString(encoder.normalize()));
    digest.update(head.getBytes(StandardCharsets.UTF_8));
    float[] parameters = encoder.parameters();
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int done = 0; done < parameters.length; done += CHUNK) {
      int count = Math.min(CHUNK, parameters.length - done);
      bytes.asFloatBuffer().put(parameters, done, count);
      digest.update(bytes.array(), 0, count * Float.BYTES);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Java's SHA-256. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
