package dev.tandem.jobs;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.PruneReport;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.retrieval.AuditSettings;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.DatasetParts;
import dev.tandem.jobs.retrieval.EncodeSettings;
import dev.tandem.jobs.retrieval.IndexSettings;
import dev.tandem.jobs.retrieval.IndexVersions;
import dev.tandem.jobs.retrieval.ReindexReport;
import dev.tandem.jobs.retrieval.ReindexSettings;
import dev.tandem.jobs.retrieval.Reindexing;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code reindex}: the nightly job. */
@Command(
    name = "reindex",
    description = {
      "Brings an index up to date with a collection: encodes only passages that are new or changed.",
      "Takes over the vectors of all others, leaves out what is gone, audits the new version and"
          + " publishes it. With an ACTION: list shows the versions, rollback makes an earlier"
          + " VERSION current again (the one before, where none is named).",
      "Main keys: model.source, data.collection, index.name, reindex.maximum-removed."
    })
public final class ReindexJob extends Job {
  private static final String LIST = "list";
  private static final String ROLLBACK = "rollback";

  @Option(
      names = "--full",
      description = "Encodes everything anew, also with another model than the current version's.")
  private boolean full;

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new ReindexJob(), args);
  }

  @Override
  protected List<String> positionalNames() {
    return List.of("[ACTION]", "[VERSION]");
  }

  private Optional<String> action() {
    return positionals().stream().findFirst();
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    Optional<String> action = action();
    if (action.isEmpty()) {
      problems.requireFile(
          "data.collection", "the passages to index, as data.collection=corpus.tsv");
      EncodeSettings.check(config.encode(), problems);
    } else if (!List.of(LIST, ROLLBACK).contains(action.get())) {
      problems.add(
          "ACTION", "must be " + LIST + " or " + ROLLBACK + ", not '" + action.get() + "'");
    }
    if (positionals().size() > 1 && !action.get().equals(ROLLBACK)) {
      problems.add("VERSION", "belongs to " + ROLLBACK + " only");
    }
    if (full && action.isPresent()) {
      problems.add("--full", "belongs to indexing, not to " + action.get());
    }
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    String index = IndexJob.directory(config).toString();
    return switch (action().orElse("")) {
      case LIST -> List.of("list the versions of " + index);
      case ROLLBACK ->
          List.of(
              "make "
                  + (positionals().size() > 1
                      ? "version " + positionals().get(1)
                      : "the version before")
                  + " current in "
                  + index);
      default ->
          List.of(
              full
                  ? "encode all of " + config.data().all().collection()
                  : "compare "
                      + config.data().all().collection()
                      + " with the current version of "
                      + index
                      + " by id and text, and encode what is new or changed",
              "build a version of type " + config.index().type() + ", audit and publish it",
              config.reindex().prune()
                  ? "delete all versions but the newest " + config.index().keep()
                  : "keep all older versions");
    };
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    TandemConfig config = context.config();
    try {
      IndexVersions versions = new IndexVersions(context.hadoop(), IndexJob.directory(config));
      return switch (action().orElse("")) {
        case LIST -> IndexJob.list(versions);
        case ROLLBACK -> IndexJob.rollback(versions, positionals().stream().skip(1).findFirst());
        default -> reindex(context, versions);
      };
    } catch (CatalogueException e) {
      throw new TandemException(TandemException.Kind.ARTIFACT, e.getMessage(), e);
    }
  }

  private JobResult reindex(JobContext context, IndexVersions versions) throws IOException {
    long start = System.nanoTime();
    TandemConfig config = context.config();
    ConfiguredModel model = ConfiguredModel.load(config.model(), context.hadoop());
    model.requireFits(config.data().all());
    ReindexSettings settings =
        new ReindexSettings(
            IndexSettings.of(config.index(), config.seed()),
            new AuditSettings(
                config.index().auditQueries(), config.seed(), config.index().minimumRecall()),
            EncodeSettings.of(config.encode()),
            full,
            config.reindex().maximumDeleted(),
            config.reindex().maximumRemoved());
    ReindexReport report;
    try {
      report =
          new Reindexing(context.spark(), versions, model, settings, context.progress())
              .run(DatasetParts.collection(config.data().all()), config.workspace());
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      pruneAfter(e, versions, config);
      throw e;
    }
    List<String> pruned =
        // Also with nothing to do: an earlier run may have been killed before this.
        config.reindex().prune() ? prune(versions, config.index().keep()) : List.of();
    double seconds = (System.nanoTime() - start) / 1e9;
    return JobResult.of(text(versions, report, pruned, seconds))
        .with("version", report.version().name())
        .with("index", versions.catalogue().directory().toString())
        .with("published", report.published())
        .with("basis", report.basis())
        .with("new", report.added())
        .with("changed", report.changed())
        .with("removed", report.removed())
        .with("unchanged", report.unchanged())
        .with("encoded", report.encoded())
        .with("shards", report.plan())
        .with("audit", report.version().manifest().facts().audit())
        .with("pruned", pruned)
        .with("step-seconds", report.seconds())
        .with("seconds", seconds);
  }

  /** Nights that fail, as by their audit, must not fill the store with versions. */
  private static void pruneAfter(Exception failure, IndexVersions versions, TandemConfig config) {
    if (config.reindex().prune()) {
      try {
        prune(versions, config.index().keep());
      } catch (IOException | RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private static List<String> prune(IndexVersions versions, int keep) throws IOException {
    PruneReport report = versions.catalogue().prune(keep);
    return report.deleted();
  }

  private static String text(
      IndexVersions versions, ReindexReport report, List<String> pruned, double seconds) {
    String index = versions.catalogue().directory().toString();
    if (!report.published()) {
      return deleted(
          String.format(
              Locale.ROOT,
              "Version %s of %s is up to date with the collection, %d passages: nothing to do (%.1f"
                  + " s)",
              report.version().name(),
              index,
              report.unchanged(),
              seconds),
          pruned);
    }
    String steps =
        report.seconds().entrySet().stream()
            .map(step -> String.format(Locale.ROOT, "%s %.1f s", step.getKey(), step.getValue()))
            .collect(Collectors.joining(", "));
    String text =
        String.format(
            Locale.ROOT,
            "Version %s of %s is current%n"
                + "  passages  %d unchanged, %d new, %d changed, %d removed%n"
                + "  encoded   %d of %d%s%n"
                + "  shards    %d copied, %d rebuilt, %d new%n"
                + "  audit     recall@10 %s, recall@100 %s%n"
                + "  time      %.1f s: %s",
            report.version().name(),
            index,
            report.unchanged(),
            report.added(),
            report.changed(),
            report.removed(),
            report.encoded(),
            report.unchanged() + report.encoded(),
            report.why() == null ? "" : ". " + report.why(),
            report.plan().get("copied"),
            report.plan().get("rebuilt"),
            report.plan().get("new"),
            report.version().manifest().facts().audit().get("recall_10"),
            report.version().manifest().facts().audit().get("recall_100"),
            seconds,
            steps);
    return deleted(text, pruned);
  }

  private static String deleted(String text, List<String> pruned) {
    return pruned.isEmpty()
        ? text
        : text + System.lineSeparator() + "  deleted   " + String.join(", ", pruned);
  }
}
