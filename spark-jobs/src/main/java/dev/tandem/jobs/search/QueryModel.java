package dev.tandem.jobs.search;

import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.SearchableVectors;
import dev.tandem.model.pretrained.PretrainedDualEncoder;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

/** Loads the model to encode queries with: the one given, else the one that made the index. */
public final class QueryModel {
  private static final String CLASSPATH = "classpath:";
  private static final String PASSAGE_TOWER = "/" + PretrainedDualEncoder.PASSAGE;

  private QueryModel() {}

  /**
   * Loads it and checks that it made the vectors.
   *
   * @param config the group {@code model}
   * @param given whether {@code model.source} was given; where not, the model is the one whose name
   *     the vectors carry, so that nobody has to repeat it, and the fingerprint tells whether it is
   *     still the same
   * @param vectors what is to be searched
   * @throws TandemException of kind ARTIFACT if it cannot be loaded or did not make the vectors
   * @throws IOException if a file system fails
   */
  public static ConfiguredModel load(
      ModelConfig config, boolean given, SearchableVectors vectors, Configuration hadoop)
      throws IOException {
    String source = given ? config.source() : recorded(vectors.modelName(), config.source());
    ConfiguredModel model;
    try {
      model =
          ConfiguredModel.load(
              new ModelConfig(
                  source,
                  config.pooling(),
                  config.normalize(),
                  config.sharedTowers(),
                  config.engine(),
                  config.compute()),
              hadoop);
    } catch (TandemException e) {
      if (given) {
        throw e;
      }
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "The index was made with the model "
              + vectors.modelName()
              + ", which cannot be loaded from here ("
              + e.getMessage()
              + "). Say where it is with model.source.",
          e);
    }
    vectors.requireModel(model.passageFingerprint(), source);
    return model;
  }

  /** The {@code model.source} of a model whose passage encoder has a name. */
  static String recorded(String name, String usual) {
    if (usual.equalsIgnoreCase(CLASSPATH + name)) {
      return usual;
    }
    if (name.endsWith(PASSAGE_TOWER)) { // of two towers, which lie side by side
      return name.substring(0, name.length() - PASSAGE_TOWER.length());
    }
    // Packed models are called by one word; the name of a directory has a slash, unless it is
    // relative to where it was encoded, which is found from there only.
    return name.contains("/") || name.contains(":") ? name : CLASSPATH + name;
  }
}
