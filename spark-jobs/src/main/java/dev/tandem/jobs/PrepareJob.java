package dev.tandem.jobs;

import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.prepare.TokenStatistics;
import dev.tandem.jobs.prepare.TokenizerDefinition;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;

/**
 * The command {@code prepare}: reads, checks and tokenizes the data sets that the configuration
 * names, so that later commands find them done.
 */
@Command(
    name = "prepare",
    description = {
      "Reads, checks and tokenizes a collection, queries and training pairs into shards.",
      "Takes data.train and data.validation, or data where these say nothing of their own."
    })
public final class PrepareJob extends Job {
  private static final List<String> FILES = List.of("collection", "queries", "qrels", "negatives");

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new PrepareJob(), args);
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    if (datasets(config).isEmpty()) {
      problems.require("data.collection", "the passages to prepare, as data.collection=corpus.tsv");
    }
    // What train and validation take from data is looked at once.
    for (String file : FILES) {
      problems.checkFile("data." + file);
    }
    checkOwnFiles(config, "data.train", config.data().train(), problems);
    checkOwnFiles(config, "data.validation", config.data().validation(), problems);
  }

  private static void checkOwnFiles(
      TandemConfig config, String group, DatasetConfig own, Problems problems) {
    List<String> shared = paths(config.data().all());
    List<String> paths = paths(own);
    for (int i = 0; i < FILES.size(); i++) {
      if (!Objects.equals(paths.get(i), shared.get(i))) {
        problems.checkFile(group + "." + FILES.get(i));
      }
    }
  }

  private static List<String> paths(DatasetConfig dataset) {
    return Arrays.asList(
        dataset.collection(), dataset.queries(), dataset.qrels(), dataset.negatives());
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    List<String> steps = new ArrayList<>();
    datasets(config)
        .forEach(
            (name, dataset) ->
                steps.add(
                    String.format(
                        "read, check and tokenize %s (collection %s, queries %s, qrels %s) with the"
                            + " tokenizer of %s into %s/prepared",
                        name,
                        orNone(dataset.collection()),
                        orNone(dataset.queries()),
                        orNone(dataset.qrels()),
                        config.model().source(),
                        config.workspace())));
    return steps;
  }

  private static String orNone(String value) {
    return value == null ? "none" : value;
  }

  /** The data sets to prepare, by name; one where training and validation data are the same. */
  private static Map<String, DatasetConfig> datasets(TandemConfig config) {
    DatasetConfig train = config.data().train();
    DatasetConfig validation = config.data().validation();
    Map<String, DatasetConfig> datasets = new LinkedHashMap<>();
    if (train.equals(validation)) {
      datasets.put("data", train);
    } else {
      datasets.put("data.train", train);
      datasets.put("data.validation", validation);
    }
    datasets
        .values()
        .removeIf(dataset -> dataset.collection() == null && dataset.queries() == null);
    return datasets;
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    TandemConfig config = context.config();
    TokenizerDefinition tokenizer =
        ConfiguredModel.load(config.model(), context.hadoop()).tokenizer();
    List<String> lines = new ArrayList<>();
    Map<String, Object> json = new LinkedHashMap<>();
    for (Map.Entry<String, DatasetConfig> entry : datasets(config).entrySet()) {
      PreparedDataset prepared =
          Preparation.prepare(
              context.spark(), entry.getValue(), tokenizer, config.workspace(), context.progress());
      lines.addAll(describe(entry.getKey(), prepared));
      json.put(entry.getKey(), members(prepared));
    }
    return JobResult.of(String.join(System.lineSeparator(), lines)).with("datasets", json);
  }

  private static List<String> describe(String name, PreparedDataset prepared) {
    List<String> lines = new ArrayList<>();
    lines.add(name + ": " + prepared.path());
    addTexts(lines, "passages", prepared.passageStatistics());
    addTexts(lines, "queries", prepared.queryStatistics());
    if (prepared.qrels().isPresent()) {
      lines.add(String.format(Locale.ROOT, "  judgements  %,12d", prepared.judgementCount()));
      lines.add(String.format(Locale.ROOT, "  examples    %,12d", prepared.exampleCount()));
    }
    prepared
        .skipped()
        .forEach(
            (reason, count) ->
                lines.add(String.format(Locale.ROOT, "  left out    %,12d  %s", count, reason)));
    if (!prepared.skipped().isEmpty()) {
      lines.add("  they are listed in " + prepared.path() + "/" + PreparedDataset.QUARANTINE);
    }
    return lines;
  }

  private static void addTexts(List<String> lines, String name, TokenStatistics statistics) {
    if (statistics.records() > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %-10s  %,12d  tokens: half have up to %d, 90 %% up to %d, the longest %d; %.1f %%"
                  + " were cut",
              name,
              statistics.records(),
              statistics.median(),
              statistics.p90(),
              statistics.longest(),
              100 * statistics.truncatedShare()));
    }
  }

  private static Map<String, Object> members(PreparedDataset prepared) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("path", prepared.path().toString());
    members.put("counts", prepared.manifest().counts());
    return members;
  }
}
