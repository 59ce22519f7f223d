package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.TokenizerDefinition;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.pretrained.ModelFingerprint;
import dev.tandem.model.pretrained.ModelFormatException;
import dev.tandem.model.pretrained.ModelSource;
import dev.tandem.model.pretrained.PretrainedDualEncoder;
import dev.tandem.model.pretrained.PretrainedEncoder;
import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/**
 * The model that the group {@code model} of the configuration names, with the pooling and
 * normalization set there.
 *
 * @param encoders the encoders of both sides, pooling and normalization as configured
 * @param engine the engine to encode with
 * @param compute what its linear layers multiply
 */
public record ConfiguredModel(PretrainedDualEncoder encoders, String engine, Compute compute) {
  private static final String AUTO = "auto";

  /**
   * Reads the model.
   *
   * @throws TandemException of kind ARTIFACT if it is unknown, incomplete or damaged
   * @throws IOException if a file system fails
   */
  public static ConfiguredModel load(ModelConfig config, Configuration hadoop) throws IOException {
    try {
      PretrainedDualEncoder read = ModelSource.loadDualEncoder(config.source(), hadoop);
      PretrainedEncoder passage = configured(read.passage(), config);
      return new ConfiguredModel(
          read.isShared()
              ? PretrainedDualEncoder.shared(passage)
              : new PretrainedDualEncoder(configured(read.query(), config), passage),
          config.engine(),
          EncoderEngines.encodingCompute(config.engine(), config.compute()));
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
    requireQueriesFit(data);
    requireFits("data.passage-max-length", data.passageMaxLength(), encoders.passage());
  }

  /** As {@link #requireFits(DatasetConfig)}, for queries alone. */
  public void requireQueriesFit(DatasetConfig data) {
    requireFits("data.query-max-length", data.queryMaxLength(), encoders.query());
  }

  /** Refuses texts of so many tokens for the passages' encoder, as {@link #requireFits} does. */
  void requireFitsPassage(String key, int length) {
    requireFits(key, length, encoders.passage());
  }

  private static void requireFits(String key, int length, PretrainedEncoder encoder) {
    int positions = encoder.architecture().maxPositions();
    if (length > positions) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          String.format(
              "%s is %d; %s has positions for %d tokens at most",
              key, length, encoder.name(), positions));
    }
  }

  /** The towers, one and the same where queries and passages share it. */
  public Towers towers() {
    return encoders.isShared()
        ? Towers.shared(passageTower())
        : new Towers(queryTower(), passageTower());
  }

  /** The queries' tower, with an off-heap copy of the parameters. */
  public Tower queryTower() {
    return tower(encoders.query());
  }

  /** The passages' tower, with an off-heap copy of the parameters. */
  public Tower passageTower() {
    return tower(encoders.passage());
  }

  private Tower tower(PretrainedEncoder encoder) {
    return Tower.copyOf(
        encoder.architecture(),
        encoder.parameters(),
        encoder.pooling(),
        encoder.normalize(),
        engine,
        compute);
  }

  /** The tokenizer, the same on both sides. */
  public TokenizerDefinition tokenizer() {
    return TokenizerDefinition.huggingFace(encoders.passage().tokenizer());
  }

  /** Hex SHA-256 of what defines the embeddings of both sides. */
  public String fingerprint() {
    return encoders.fingerprint();
  }

  /** Hex SHA-256 of what defines the embeddings of passages, which vector shards are known by. */
  public String passageFingerprint() {
    return ModelFingerprint.of(encoders.passage());
  }
}
