package dev.tandem.model.pretrained;

import dev.tandem.model.tokenize.TokenizerJson;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
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

  /**
   * Reads the encoders of a retriever: two where the source is a directory that holds one in
   * {@value PretrainedDualEncoder#QUERY} and one in {@value PretrainedDualEncoder#PASSAGE}, as
   * training of separate towers writes it, else the one of {@link #load} for both sides.
   *
   * @param source the value of {@code model.source}
   * @param hadoop where the file systems are configured
   * @throws ModelFormatException as {@link #load}, or if one of two encoders is not there or they
   *     do not go together
   * @throws IOException if reading fails
   */
  public static PretrainedDualEncoder loadDualEncoder(String source, Configuration hadoop)
      throws IOException {
    if (!hasTwoTowers(source, hadoop)) {
      return PretrainedDualEncoder.shared(load(source, hadoop));
    }
    PretrainedEncoder query = load(source + "/" + PretrainedDualEncoder.QUERY, hadoop);
    PretrainedEncoder passage = load(source + "/" + PretrainedDualEncoder.PASSAGE, hadoop);
    try {
      return new PretrainedDualEncoder(query, passage);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(source + ": " + e.getMessage());
    }
  }

  private static boolean hasTwoTowers(String source, Configuration hadoop) throws IOException {
    if (source.startsWith(CLASSPATH)) {
      return false;
    }
    Path directory = new Path(source);
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    // An encoder of its own wins over directories that happen to have these names.
    return !fileSystem.exists(new Path(directory, "config.json"))
        && !fileSystem.exists(new Path(directory, "modules.json"))
        && (fileSystem.exists(new Path(directory, PretrainedDualEncoder.QUERY))
            || fileSystem.exists(new Path(directory, PretrainedDualEncoder.PASSAGE)));
  }
}
