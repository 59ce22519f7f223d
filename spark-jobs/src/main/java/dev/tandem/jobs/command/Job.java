package dev.tandem.jobs.command;

import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A command. A subclass has a {@link Command} annotation with its name and description, may add
 * picocli {@link Option}s of its own, and is started by {@code Tandem.run}:
 *
 * <pre>{@code
 * @Command(name = "encode", description = "Encodes a collection into vector shards.")
 * public final class EncodeJob extends Job {
 *   public static void main(String[] args) {
 *     Tandem.run(new EncodeJob(), args);
 *   }
 *
 *   @Override
 *   protected void check(TandemConfig config, Problems problems) {
 *     problems.requireFile("data.collection", "the passages, as data.collection=corpus.tsv");
 *   }
 *
 *   @Override
 *   protected List<String> plan(TandemConfig config) {
 *     return List.of("encode " + config.data().all().collection() + " into ...");
 *   }
 *
 *   @Override
 *   protected JobResult run(JobContext context) throws Exception {
 *     JavaSparkContext spark = context.spark();
 *     try (Progress progress = context.progress().start("encode", total, "passages")) {
 *       ...
 *     }
 *     return JobResult.of("Encoded 5183 passages into ...").with("passages", 5183);
 *   }
 * }
 * }</pre>
 *
 * <p>It is also added to the list in {@code Tandem}, which makes it {@code tandem encode}. A
 * failure that a person can act on is a {@link dev.tandem.jobs.failure.TandemException}, thrown on
 * the driver or in a task.
 */
public abstract class Job {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration in HOCON; may be given several times, the last wins.")
  private List<String> configFiles = new ArrayList<>();

  @Option(
      names = "--master",
      paramLabel = "URL",
      description = "Spark master, as local[2], spark://HOST:7077, yarn or k8s://URL.")
  private String master;

  @Option(
      names = "--dry-run",
      description = "Shows the configuration, where each value comes from, and what would be done.")
  private boolean dryRun;

  @Option(
      names = "--json",
      description = "Prints the result as one JSON object on standard output.")
  private boolean json;

  @Option(names = "--verbose", description = "Shows stack traces and more of the log.")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this text.")
  private boolean help;

  @Parameters(arity = "0..*", hidden = true)
  private List<String> words = new ArrayList<>();

  /**
   * Names of what is given besides options and {@code key=value}, in order, for the usage text; one
   * in brackets may be left out, a last one ending in dots may be given any number of times. For
   * example {@code QRELS}, {@code RUN}, {@code [RUN2]...}.
   */
  protected List<String> positionalNames() {
    return List.of();
  }

  /** Whether the command runs on Spark; one that does not starts faster. */
  protected boolean usesSpark() {
    return true;
  }

  /**
   * Whether the command computes with the kernels, on Spark or not, for which the JVM needs the
   * Vector API.
   */
  protected boolean usesKernels() {
    return usesSpark();
  }

  /**
   * Name of the built-in configuration between {@code reference.conf} and what the user gives, a
   * resource beside {@link dev.tandem.jobs.config.ConfigLoader}; empty for most commands.
   */
  protected Optional<String> preset() {
    return Optional.empty();
  }

  /**
   * Adds to the problems what this command needs and does not find. Called before Spark starts,
   * also for a dry run. Where a value is invalid, its default stands in its place here.
   *
   * @param config the configuration
   * @param problems looks up values and origins by key
   */
  protected void check(TandemConfig config, Problems problems) {}

  /**
   * What the command would do, a sentence a step, for {@code --dry-run}.
   *
   * @param config a valid configuration
   */
  protected abstract List<String> plan(TandemConfig config);

  /**
   * Does it.
   *
   * @param context configuration, Spark, progress
   * @return what is shown to the user
   * @throws Exception where it fails; a TandemException where a person can act on it
   */
  protected abstract JobResult run(JobContext context) throws Exception;

  /**
   * What to do after the command was interrupted, a sentence with a blank before it; or nothing.
   */
  protected String afterInterruption() {
    return "";
  }

  /** The command's name. */
  public final String name() {
    return getClass().getAnnotation(Command.class).name();
  }

  /** What was given besides options and {@code key=value}, in order. */
  protected final List<String> positionals() {
    return CommandWords.positionals(words);
  }

  final List<String> overrides() {
    return CommandWords.overrides(words);
  }

  final List<String> configFiles() {
    return configFiles;
  }

  final String master() {
    return master;
  }

  final boolean isDryRun() {
    return dryRun;
  }

  /** Whether the result is wanted as JSON. */
  protected final boolean isJson() {
    return json;
  }

  final boolean isVerbose() {
    return verbose;
  }

  final boolean isHelp() {
    return help;
  }
}
