package dev.tandem.jobs.train;

import dev.tandem.jobs.retrieval.Tower;
import dev.tandem.jobs.retrieval.Towers;
import dev.tandem.jobs.retrieval.Validator;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.graph.DualEncoderGraph;
import dev.tandem.model.pretrained.HuggingFaceDirectory;
import dev.tandem.model.pretrained.PretrainedDualEncoder;
import dev.tandem.model.pretrained.PretrainedEncoder;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Takes the towers out of a dual encoder's graph, for validation and as model directories that
 * Hugging Face users can load.
 *
 * @param initial the encoder that training starts from, with the pooling and normalization of the
 *     trained one
 * @param engine the engine to validate with
 * @param compute what its linear layers multiply
 * @param card facts for the model card, by what they are
 * @param hadoop how file systems are found
 */
record TrainedModel(
    PretrainedEncoder initial,
    String engine,
    Compute compute,
    Map<String, String> card,
    Configuration hadoop)
    implements ModelWriter {

  TrainedModel {
    card = new TreeMap<>(card);
  }

  /** A validation that leaves a run and its measures below the run for each step. */
  Validation validation(Validator validator, Path run) {
    return (network, step) -> {
      Path target = TrainingOutcome.validation(run, step);
      return validator
          .validate(towers(network), Optional.of(target), Map.of("step", step))
          .measures();
    };
  }

  private Towers towers(ComputationGraph network) {
    if (DualEncoderGraph.sharedTowers(network)) {
      return Towers.shared(tower(network, DualEncoderGraph.ENCODER));
    }
    return new Towers(
        tower(network, DualEncoderGraph.QUERY_ENCODER),
        tower(network, DualEncoderGraph.PASSAGE_ENCODER));
  }

  private Tower tower(ComputationGraph network, String layer) {
    return Tower.over(
        initial.architecture(),
        network.getLayer(layer).params(),
        initial.pooling(),
        initial.normalize(),
        engine,
        compute);
  }

  @Override
  public void write(
      ComputationGraph network, int step, Map<String, Double> measures, Path directory)
      throws IOException {
    String text = card(step, measures);
    if (DualEncoderGraph.sharedTowers(network)) {
      write(DualEncoderGraph.queryTower(network), directory, text);
    } else {
      write(
          DualEncoderGraph.queryTower(network),
          new Path(directory, PretrainedDualEncoder.QUERY),
          text);
      write(
          DualEncoderGraph.passageTower(network),
          new Path(directory, PretrainedDualEncoder.PASSAGE),
          text);
    }
  }

  private void write(float[] parameters, Path directory, String text) throws IOException {
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    HuggingFaceDirectory.write(
        fileSystem,
        directory,
        new PretrainedEncoder(
            initial.name(),
            initial.architecture(),
            parameters,
            initial.tokenizer(),
            initial.pooling(),
            initial.normalize(),
            initial.maxLength()),
        text);
  }

  private String card(int step, Map<String, Double> measures) {
    StringBuilder text =
        new StringBuilder("---\nlibrary_name: sentence-transformers\n")
            .append("pipeline_tag: sentence-similarity\ntags:\n- dense-retrieval\n- tandem\n---\n")
            .append("# Dense retriever fine-tuned with Tandem\n\n")
            .append("Parameters after step ")
            .append(step)
            .append(".\n\n## Training\n\n| | |\n|---|---|\n");
    card.forEach(
        (key, value) ->
            text.append("| ").append(key).append(" | ").append(escape(value)).append(" |\n"));
    if (!measures.isEmpty()) {
      text.append("\n## Validation\n\n| trec_eval measure | value |\n|---|---|\n");
      new TreeMap<>(measures)
          .forEach(
              (name, value) ->
                  text.append(String.format(Locale.ROOT, "| %s | %.4f |\n", name, value)));
    }
    return text.toString();
  }

  private static String escape(String value) {
    return value.replace("|", "\\|").replace("\n", " ");
  }
}
