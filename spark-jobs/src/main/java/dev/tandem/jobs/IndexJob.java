package dev.tandem.jobs;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.catalogue.PruneReport;
import dev.tandem.index.catalogue.Publication;
import dev.tandem.index.catalogue.VersionManifest;
import dev.tandem.index.catalogue.VersionState;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.IndexConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.retrieval.AuditSettings;
import dev.tandem.jobs.retrieval.IndexSettings;
import dev.tandem.jobs.retrieval.IndexVersions;
import dev.tandem.jobs.retrieval.VectorShards;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;

/**
 * The command {@code index}: vector shards into a published version, and what is done with those.
 */
@Command(
    name = "index",
    description = {
      "Builds an index version from vector shards, audits its recall against exact search and"
          + " publishes it.",
      "With an ACTION: list shows the versions, rollback makes an earlier VERSION",
      "current again (the one before, where none is named), prune deletes all but the newest.",
      "Main keys: index.type, index.name, index.vectors, index.minimum-recall, index.keep."
    })
public final class IndexJob extends Job {
  private static final String LIST = "list";
  private static final String ROLLBACK = "rollback";
  private static final String PRUNE = "prune";

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new IndexJob(), args);
  }

  /** Directory of an index's versions. */
  static Path directory(TandemConfig config, String name) {
    return new Path(new Path(config.workspace(), "index"), name);
  }

  static Path directory(TandemConfig config) {
    IndexConfig index = config.index();
    return directory(config, index.name() != null ? index.name() : config.experiment().name());
  }

  private static Path vectors(TandemConfig config) {
    return config.index().vectors() != null
        ? new Path(config.index().vectors())
        : EncodeJob.output(config);
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
    String action = action().orElse(LIST);
    if (!List.of(LIST, ROLLBACK, PRUNE).contains(action)) {
      problems.add(
          "ACTION",
          "must be " + LIST + ", " + ROLLBACK + " or " + PRUNE + ", not '" + action + "'");
    }
    if (positionals().size() > 1 && !action.equals(ROLLBACK)) {
      problems.add("VERSION", "belongs to " + ROLLBACK + " only");
    }
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    Path index = directory(config);
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
      case PRUNE ->
          List.of(
              "delete all versions of "
                  + index
                  + " but the newest "
                  + config.index().keep()
                  + ", the current one, and those being read");
      default ->
          List.of(
              "build a " + config.index().type() + " index from " + vectors(config),
              "audit it against exact search with "
                  + config.index().auditQueries()
                  + " of its own vectors",
              "publish it in "
                  + index
                  + " if its recall at depth 10 is at least "
                  + config.index().minimumRecall());
    };
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    try {
      IndexVersions versions = new IndexVersions(context.hadoop(), directory(context.config()));
      return switch (action().orElse("")) {
        case LIST -> list(versions);
        case ROLLBACK -> rollback(versions, positionals().stream().skip(1).findFirst());
        case PRUNE -> prune(versions, context.config().index().keep());
        default -> build(context, versions);
      };
    } catch (CatalogueException e) {
      throw new TandemException(TandemException.Kind.ARTIFACT, e.getMessage(), e);
    }
  }

  private static JobResult build(JobContext context, IndexVersions versions) throws IOException {
    long start = System.nanoTime();
    TandemConfig config = context.config();
    IndexConfig index = config.index();
    VectorShards vectors = VectorShards.open(context.hadoop(), vectors(config));
    IndexVersions.Outcome outcome =
        versions.publish(
            context.spark(),
            vectors,
            IndexSettings.of(index, config.seed()),
            new AuditSettings(index.auditQueries(), config.seed(), index.minimumRecall()),
            context.progress());
    IndexVersion version = outcome.version();
    VersionManifest.Facts facts = version.manifest().facts();
    String text =
        outcome.built()
            ? String.format(
                Locale.ROOT,
                "Version %s of %s is current: %s, %d passages, recall@10 %s, recall@100 %s, %s"
                    + " nodes disconnected",
                version.name(),
                versions.catalogue().directory(),
                facts.configuration().get("type"),
                facts.count("passages"),
                facts.audit().get("recall_10"),
                facts.audit().get("recall_100"),
                facts.audit().get("disconnected"))
            : String.format(
                "Version %s of %s is current and was built from the same vectors with the same"
                    + " settings: nothing to do",
                version.name(), versions.catalogue().directory());
    return JobResult.of(text)
        .with("version", version.name())
        .with("index", versions.catalogue().directory().toString())
        .with("built", outcome.built())
        .with("audit", facts.audit())
        .with("passages", facts.count("passages"))
        .with("vectors", facts.audit().get("vectors"))
        .with("shards", facts.count("shards"))
        .with("bytes", version.manifest().bytes())
        .with("model", facts.model())
        .with("seconds", (System.nanoTime() - start) / 1e9);
  }

  static JobResult list(IndexVersions versions) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (VersionState version : versions.catalogue().list()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("version", version.name());
      row.put("state", version.state().name().toLowerCase(Locale.ROOT));
      row.put("held", version.held());
      version
          .manifest()
          .ifPresent(
              manifest -> {
                row.put("created", manifest.createdAt());
                row.put("passages", manifest.facts().count("passages"));
                row.put("bytes", manifest.bytes());
                row.put("type", manifest.facts().configuration().get("type"));
                row.put("audit", manifest.facts().audit());
              });
      rows.add(row);
      text.append(
          String.format(
              "%-28s %-10s %12s passages  %-5s recall@10 %s%n",
              version.name(),
              row.get("state"),
              row.getOrDefault("passages", "?"),
              row.getOrDefault("type", "?"),
              version.manifest().map(m -> m.facts().audit().get("recall_10")).orElse("?")));
    }
    Optional<Publication> current = versions.catalogue().current();
    if (rows.isEmpty()) {
      text.append("There is no version in ").append(versions.catalogue().directory());
    }
    return JobResult.of(text.toString().stripTrailing())
        .with("current", current.map(Publication::version).orElse(null))
        .with("versions", rows);
  }

  static JobResult rollback(IndexVersions versions, Optional<String> target) throws IOException {
    Publication now = versions.catalogue().rollback(target);
    return JobResult.of("Version " + now.version() + " is current")
        .with("version", now.version())
        .with("previous", now.previous());
  }

  private static JobResult prune(IndexVersions versions, int keep) throws IOException {
    PruneReport report = versions.catalogue().prune(keep);
    StringBuilder text = new StringBuilder("Deleted " + report.deleted().size() + " versions");
    report.deleted().forEach(name -> text.append(System.lineSeparator()).append("  ").append(name));
    report
        .keptInOrder()
        .forEach(
            (name, why) ->
                text.append(System.lineSeparator() + "  kept " + name + " (" + why + ")"));
    return JobResult.of(text.toString())
        .with("deleted", report.deleted())
        .with("kept", report.keptInOrder());
  }
}
