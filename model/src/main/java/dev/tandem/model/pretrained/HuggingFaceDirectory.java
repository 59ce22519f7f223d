package dev.tandem.model.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.tokenize.TokenizerJson;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A model directory in Hugging Face layout on any Hadoop file system: read as transformers and
 * sentence-transformers would, written so that both load it as it is.
 */
public final class HuggingFaceDirectory {

  private HuggingFaceDirectory() {}

  /**
   * Reads {@code config.json}, the weights ({@code model.safetensors}, else {@code model.onnx}),
   * the tokenizer ({@code tokenizer.json}, else {@code vocab.txt}) and, where they are, the files
   * of sentence-transformers.
   *
   * @throws ModelFormatException if a file is missing, damaged, or of a model Tandem does not run
   */
  public static PretrainedEncoder read(Path directory, Configuration hadoop) throws IOException {
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    if (!fileSystem.exists(directory) || !fileSystem.getFileStatus(directory).isDirectory()) {
      throw new ModelFormatException(
          directory
              + " is no directory; give a model directory in Hugging Face layout or classpath:NAME"
              + " for a packed model (models are not downloaded from the hub)");
    }
    ModelFiles all = new ModelFiles(fileSystem, directory);
    EmbeddingSettings settings = EmbeddingSettings.read(all);
    ModelFiles files = all.inside(settings.encoder());
    JsonNode config = files.json("config.json").orElseThrow(() -> missing(files, "config.json"));
    EncoderArchitecture architecture =
        BertConfig.read(config, files.path("config.json").toString());
    byte[] tokenizer = tokenizer(files);
    try (WeightFile weights = weights(files)) {
      return new PretrainedEncoder(
          directory.toString(),
          architecture,
          FlatParameters.read(weights, architecture),
          tokenizer,
          settings.pooling(),
          settings.normalize(),
          Math.min(
              settings.maxLength().orElse(architecture.maxPositions()),
              architecture.maxPositions()));
    }
  }

  /**
   * Writes a model: everything into a directory beside the target, which is then renamed, so that
   * the target is whole or not there.
   *
   * @param directory must not exist yet
   * @param modelCard the text of {@code README.md}, Markdown with or without a YAML head
   * @throws FileAlreadyExistsException if the directory exists
   * @throws IOException if writing fails; nothing is left behind then
   */
  public static void write(
      FileSystem fileSystem, Path directory, PretrainedEncoder encoder, String modelCard)
      throws IOException {
    if (fileSystem.exists(directory)) {
      throw new FileAlreadyExistsException(directory + " exists already; remove or rename it");
    }
    Path target = fileSystem.makeQualified(directory);
    Path unfinished =
        new Path(target.getParent(), "_unfinished-" + target.getName() + "-" + UUID.randomUUID());
    boolean done = false;
    try {
      for (Map.Entry<String, byte[]> file : ExportedFiles.of(encoder).entrySet()) {
        write(fileSystem, new Path(unfinished, file.getKey()), file.getValue());
      }
      if (encoder.normalize()) {
        fileSystem.mkdirs(new Path(unfinished, "2_Normalize"));
      }
      write(
          fileSystem,
          new Path(unfinished, "README.md"),
          modelCard.getBytes(StandardCharsets.UTF_8));
      try (OutputStream out = fileSystem.create(new Path(unfinished, "model.safetensors"), false)) {
        SafetensorsWriter.write(
            out, ParameterLayout.of(encoder.architecture()), encoder.parameters());
      }
      done = !fileSystem.exists(target) && fileSystem.rename(unfinished, target);
      if (!done) {
        throw new IOException("could not rename " + unfinished + " to " + target);
      }
    } finally {
      if (!done) {
        fileSystem.delete(unfinished, true);
      }
    }
  }

  private static void write(FileSystem fileSystem, Path path, byte[] bytes) throws IOException {
    try (OutputStream out = fileSystem.create(path, false)) {
      out.write(bytes);
    }
  }

  private static WeightFile weights(ModelFiles files) throws IOException {
    if (files.has("model.safetensors")) {
      return SafetensorsFile.open(files.fileSystem(), files.path("model.safetensors"));
    }
    for (String onnx : List.of("model.onnx", "onnx/model.onnx")) {
      if (files.has(onnx)) {
        Path path = files.path(onnx);
        try (BufferedInputStream in =
            new BufferedInputStream(files.fileSystem().open(path), 1 << 16)) {
          return OnnxWeights.read(in, path.toString());
        }
      }
    }
    throw missing(files, "model.safetensors (nor model.onnx)");
  }

  private static byte[] tokenizer(ModelFiles files) throws IOException {
    String name = files.has("tokenizer.json") ? "tokenizer.json" : "vocab.txt";
    if (!files.has(name)) {
      throw missing(files, "tokenizer.json (nor vocab.txt)");
    }
    byte[] bytes = files.bytes(name);
    try {
      if (name.equals("tokenizer.json")) {
        return TokenizerJson.parse(bytes).bytes();
      }
      Optional<JsonNode> config = files.json("tokenizer_config.json");
      return TokenizerJson.ofVocabulary(
              lines(bytes),
              config.map(c -> c.path("do_lower_case").asBoolean(true)).orElse(true),
              config
                  .map(c -> c.get("strip_accents"))
                  .filter(JsonNode::isBoolean)
                  .map(JsonNode::asBoolean),
              config.map(c -> c.path("tokenize_chinese_chars").asBoolean(true)).orElse(true))
          .bytes();
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(files.path(name) + ": " + e.getMessage(), e);
    }
  }

  /** Split at line feeds only: word pieces may be other characters that Java takes for breaks. */
  private static List<String> lines(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8).replace("\r\n", "\n");
    String ended = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    return List.of(ended.split("\n", -1));
  }

  private static ModelFormatException missing(ModelFiles files, String what) {
    String found;
    try {
      found = String.join(", ", files.listing());
    } catch (IOException e) {
      found = "(cannot be listed: " + e.getMessage() + ")";
    }
    return new ModelFormatException(
        files.directory()
            + " has no "
            + what
            + "; Tandem reads config.json, model.safetensors (or model.onnx) and tokenizer.json (or"
            + " vocab.txt); found: "
            + (found.isEmpty() ? "nothing" : found)
            + (found.contains("pytorch_model.bin")
                ? "; convert pytorch_model.bin with transformers' save_pretrained(directory,"
                    + " safe_serialization=True)"
                : ""));
  }
}
