package dev.tandem.model.pretrained;

import dev.tandem.model.tokenize.TokenizerJson;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Finds and reads the model that {@code model.source} names. */
public final class ModelSource {

  private static final String CLASSPATH = "classpath:";

  private ModelSource() {}

  /**
   * Reads a pretrained encoder: {@code classpath:NAME} for a model packed in a jar, anything else
   * is a directory in Hugging Face layout on any Hadoop file system.
   *
   * @param source the value of {@code model.source}
   * @param hadoop where the file systems are configured
   * @throws ModelFormatException if the model is unknown, incomplete, damaged, or of a kind that
   *     Tandem does not run
   * @throws IOException if reading fails
   */
  public static PretrainedEncoder load(String source, Configuration hadoop) throws IOException {
    PretrainedEncoder encoder =
        source.startsWith(CLASSPATH)
            ? PackedModel.named(source.substring(CLASSPATH.length())).read()
            : HuggingFaceDirectory.read(new Path(source), hadoop);
    int tokens = TokenizerJson.parse(encoder.tokenizer()).vocabularySize();
    int rows = encoder.architecture().vocabularySize();
    if (tokens > rows) {
      throw new ModelFormatException(
          source
              + ": its tokenizer gives ids up to "
              + (tokens - 1)
              + ", but its word embedding has only "
              + rows
              + " rows; tokenizer and weights are of different models");
    }
    return encoder;
  }
}
