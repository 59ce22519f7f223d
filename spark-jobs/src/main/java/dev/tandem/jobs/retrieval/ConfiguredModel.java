package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.TokenizerDefinition;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.pretrained.ModelFingerprint;
import dev.tandem.model.pretrained.ModelFormatException;
import dev.tandem.model.pretrained.ModelSource;
import dev.tandem.model.pretrained.PretrainedEncoder;
import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/**
 * The model that the group {@code model} of the configuration names, with the pooling and
 * normalization set there.
 *
 * @param encoder the encoder, pooling and normalization as configured
 * @param engine the engine to encode with
 */
public record ConfiguredModel(PretrainedEncoder encoder, String engine) {
  private static final String AUTO = "auto";

  /**
   * Reads the model.
   *
   * @throws TandemException of kind ARTIFACT if it is unknown, incomplete or damaged
   * @throws IOException if a file system fails
   */
  public static ConfiguredModel load(ModelConfig config, Configuration hadoop) throws IOException {
    try {
      PretrainedEncoder read = ModelSource.load(config.source(), hadoop);
      return new ConfiguredModel(configured(read, config), config.engine());
    } catch (ModelFormatException e) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT, "model.source: " + e.getMessage(), e);
    }
  }

  private static PretrainedEncoder configured(PretrainedEncoder read, ModelConfig config) {
    Pooling pooling =
        config.pooling().equals(AUTO)
            ? read.pooling()
            : Pooling.valueOf(config.pooling().toUpperCase(Locale.ROOT));
    boolean normalize =
        config.normalize().equals(AUTO)
            ? read.normalize()
            : Boolean.parseBoolean(config.normalize());
    return new PretrainedEncoder(
        read.name(),
        read.architecture(),
        read.parameters(),
        read.tokenizer(),
        pooling,
        normalize,
        read.maxLength());
  }

  /**
   * Refuses lengths that the model has no positions for, before anything is tokenized.
   *
   * @throws TandemException of kind USAGE naming the keys
   */
  public void requireFits(DatasetConfig data) {
    int positions = encoder.architecture().maxPositions();
    int longest = Math.max(data.queryMaxLength(), data.passageMaxLength());
    if (longest > positions) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          String.format(
              "data.query-max-length is %d and data.passage-max-length %d; %s has positions for %d"
                  + " tokens at most",
              data.queryMaxLength(), data.passageMaxLength(), encoder.name(), positions));
    }
  }

  /** Both towers, one and the same encoder with a copy of the parameters off heap. */
  public Towers towers() {
    return Towers.shared(
        Tower.copyOf(
            encoder.architecture(),
            encoder.parameters(),
            encoder.pooling(),
            encoder.normalize(),
            engine));
  }

  /** Its tokenizer. */
  public TokenizerDefinition tokenizer() {
    return TokenizerDefinition.huggingFace(encoder.tokenizer());
  }

  /** Hex SHA-256 of what defines its embeddings. */
  public String fingerprint() {
    return ModelFingerprint.of(encoder);
  }
}
