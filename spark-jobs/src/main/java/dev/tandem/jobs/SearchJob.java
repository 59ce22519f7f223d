package dev.tandem.jobs;

import dev.tandem.index.search.Aggregation;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.Problem;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.SearchConfig;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.LocalIndex;
import dev.tandem.jobs.search.CacheDirectory;
import dev.tandem.jobs.search.PublishedIndex;
import dev.tandem.jobs.search.QueryModel;
import dev.tandem.jobs.search.SearchPrompt;
import dev.tandem.jobs.search.SearchSession;
import dev.tandem.jobs.search.Searcher;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code search}: a published index by hand, one query or many, without Spark. */
@Command(
    name = "search",
    description = {
      "Searches a published index in this process, without Spark, and shows passages with their texts.",
      "The words of QUERY are one query. Without them queries are asked for at a prompt, or read from",
      "standard input, one a line, where that is no terminal.",
      "Main keys: search.index, search.version, search.depth, search.ef-search, search.cache,"
          + " retrieve.filter,",
      "retrieve.aggregate, model.source."
    })
public final class SearchJob extends Job {
  private static final String MODEL_SOURCE = "model.source";

  @Option(
      names = "--explain",
      description = "Shows for each passage its exact score, and where and how it was found.")
  private boolean explain;

  @Option(names = "--full-text", description = "Shows texts whole, not one line of each.")
  private boolean fullText;

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new SearchJob(), args);
  }

  private static Path directory(TandemConfig config) {
    String index = config.search().index();
    return index != null ? IndexJob.directory(config, index) : IndexJob.directory(config);
  }

  private static java.nio.file.Path cache(TandemConfig config) {
    return CacheDirectory.of(config.search().cache(), System.getenv());
  }

  @Override
  protected List<String> positionalNames() {
    return List.of("[QUERY]...");
  }

  @Override
  protected boolean usesSpark() {
    return false;
  }

  @Override
  protected boolean usesKernels() {
    return true;
  }

  private Optional<String> query() {
    return positionals().isEmpty()
        ? Optional.empty()
        : Optional.of(String.join(" ", positionals()).strip());
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    if (query().isPresent() && query().get().isEmpty()) {
      problems.add(
          new Problem("QUERY", "", "command line", "is empty: give it words to search for"));
    }
    FilterConditions.check(config, problems);
    if (config.search().cache() != null) {
      String complaint = CacheDirectory.complaint(config.search().cache());
      if (complaint != null) {
        problems.add("search.cache", complaint);
      }
    }
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    SearchConfig search = config.search();
    List<String> plan = new ArrayList<>();
    plan.add(
        "open "
            + (search.version() == null ? "the current version" : "version " + search.version())
            + " of "
            + directory(config)
            + ", by a copy in "
            + cache(config)
            + " where that is not on the local file system");
    if (!config.retrieve().filter().isEmpty()) {
      plan.add("leave out passages that do not pass " + FilterConditions.of(config));
    }
    plan.add(
        query().isPresent()
            ? "search it for '" + query().get() + "' to depth " + search.depth()
            : "search it for each query that is asked, to depth " + search.depth());
    return plan;
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    TandemConfig config = context.config();
    SearchConfig search = config.search();
    PublishedIndex index =
        new PublishedIndex(
            context.hadoop(),
            directory(config),
            Optional.ofNullable(search.version()),
            cache(config),
            new LocalIndex.Settings(
                search.efSearch() == null ? OptionalInt.empty() : OptionalInt.of(search.efSearch()),
                FilterConditions.of(config),
                Aggregation.of(config.retrieve().aggregate())),
            context.progress());
    boolean given =
        context.settings().stream()
            .noneMatch(setting -> setting.key().equals(MODEL_SOURCE) && setting.isDefault());
    Searcher.Models models =
        vectors -> {
          ConfiguredModel model = QueryModel.load(config.model(), given, vectors, context.hadoop());
          model.requireQueriesFit(config.data().all());
          return model;
        };
    Searcher.Queries queries =
        new Searcher.Queries(
            config.data().all().queryPrefix(), config.data().all().queryMaxLength());
    try (Searcher searcher =
        Searcher.open(index, models, queries, Searcher.Following.USUAL, context::say)) {
      return query().isPresent()
          ? answer(searcher, query().get(), search.depth(), context)
          : answerAll(searcher, search.depth(), context);
    }
  }

  private SearchSession.Settings settings(int depth) {
    return new SearchSession.Settings(depth, fullText, explain, isJson());
  }

  private JobResult answer(Searcher searcher, String query, int depth, JobContext context)
      throws IOException {
    PrintWriter nothing = new PrintWriter(PrintWriter.nullWriter());
    SearchSession.Shown shown =
        new SearchSession(searcher, settings(depth), nothing, context::say)
            .one(query, terminalWidth());
    if (!isJson()) {
      context.say(shown.summary() + ", by a JVM that had just started");
    }
    JobResult result = JobResult.of(shown.text());
    for (Map.Entry<String, Object> member : shown.json().entrySet()) {
      result = result.with(member.getKey(), member.getValue());
    }
    return result;
  }

  private JobResult answerAll(Searcher searcher, int depth, JobContext context) throws IOException {
    if (System.console() != null && context.console().in() == System.in) {
      context.say(
          String.format(
              "%d passages in version %s. :help shows the commands, Ctrl-D ends.",
              searcher.passages(), searcher.version()));
      SearchPrompt.run(
          searcher,
          (out, notes) -> new SearchSession(searcher, settings(depth), out, notes),
          cache(context.config()).resolve("search-history"));
      return JobResult.shown();
    }
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(context.console().in(), StandardCharsets.UTF_8));
    PrintWriter out =
        new PrintWriter(new OutputStreamWriter(context.console().out(), StandardCharsets.UTF_8));
    new SearchSession(searcher, settings(depth), out, context::say).lines(lines);
    return JobResult.shown();
  }

  /** Columns of the terminal that results go to, which submit/tandem tells. */
  private static OptionalInt terminalWidth() {
    Integer columns = Integer.getInteger("tandem.columns");
    return columns == null || columns < 1 ? OptionalInt.empty() : OptionalInt.of(columns);
  }
}
