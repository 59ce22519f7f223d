package dev.tandem.jobs.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.config.Problem;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.logging.LoggingSetup;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsAction;
import org.apache.hadoop.security.AccessControlException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Runs commands from words: parses them, reads the configuration, and ends with an exit status. 0:
 * done; 2: wrong use or configuration; 3: bad input data; 4: an artifact is missing, damaged or
 * does not fit; 130: interrupted; 1: anything else. Results go to standard output, everything else
 * to standard error.
 */
public final class CommandLineRunner {
  private static final int INTERRUPTED = 130;
  private static final String NAME = "\\w[\\w.+=@-]*";
  private static final String MASTER =
      "local(\\[.+])?|local-cluster\\[.+]|spark://.+|yarn|k8s://.+|mesos://.+";
  private static final String MASTERS =
      "must be a Spark master, as local[2], spark://HOST:7077, yarn or k8s://URL";

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;

  /** A runner with its standard output and error. */
  public CommandLineRunner(PrintStream out, PrintStream err) {
    this(System.in, out, err);
  }

  /** A runner with its standard input, output and error. */
  public CommandLineRunner(InputStream in, PrintStream out, PrintStream err) {
    this.in = in;
    this.out = out;
    this.err = err;
  }

  /** Runs one command with its arguments; gives the exit status. */
  public int run(Job job, String... args) {
    CommandLine line = CommandLines.of(job);
    try {
      line.parseArgs(args);
    } catch (ParameterException e) {
      return wrongUse(e, job.name());
    }
    return execute(job, line);
  }

  /** Runs the command that the first argument names; gives the exit status. */
  public int run(List<Job> jobs, String... args) {
    CommandLine root = CommandLines.root(jobs);
    try {
      root.parseArgs(args);
    } catch (ParameterException e) {
      return wrongUse(e, e.getCommandLine().getCommandName());
    }
    CommandLine chosen = root;
    for (CommandLine parsed : root.getParseResult().asCommandLineList()) {
      chosen = parsed;
    }
    if (root.isVersionHelpRequested()) {
      root.printVersionHelp(out);
      return 0;
    }
    if (chosen == root) {
      boolean asked = root.isUsageHelpRequested();
      root.usage(asked ? out : err);
      return asked ? 0 : TandemException.Kind.USAGE.exitStatus();
    }
    return execute((Job) chosen.getCommand(), chosen);
  }

  private int wrongUse(ParameterException e, String command) {
    err.println(e.getMessage());
    List<String> suggestions = new ArrayList<>();
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      suggestions = unmatched.getSuggestions();
    }
    if (!suggestions.isEmpty()) {
      err.println("Did you mean " + String.join(" or ", suggestions) + "?");
    }
    err.println("Try: tandem " + (command.equals("tandem") ? "" : command + " ") + "--help");
    return TandemException.Kind.USAGE.exitStatus();
  }

  private int execute(Job job, CommandLine line) {
    if (job.isHelp()) {
      line.usage(out);
      return 0;
    }
    PrintStream realOut = System.out;
    System.setOut(System.err); // what libraries print must not mix with the result
    quietThreadsThatAreStopped();
    try {
      LoadedConfig loaded = load(job);
      if (job.isDryRun()) {
        print(job, DryRun.of(job, loaded));
      } else if (job.usesKernels() && VectorModule.isMissing()) {
        return VectorModule.startAgain();
      } else {
        print(job, perform(job, loaded));
      }
      return 0;
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      if (isInterrupted()) {
        err.println("tandem " + job.name() + ": interrupted." + job.afterInterruption());
        if (!job.isVerbose()) {
          // Scala prints the traces of what Spark's threads fail at while it is taken down.
          System.setErr(new PrintStream(OutputStream.nullOutputStream(), true, UTF_8));
        }
        return INTERRUPTED;
      }
      Failure failure = Failure.of(e);
      err.println("tandem " + job.name() + ": " + failure.message());
      if (job.isVerbose()) {
        e.printStackTrace(err);
      } else if (!failure.expected()) {
        err.println("Run it again with --verbose to see where it happened.");
      }
      return failure.exitStatus();
    } finally {
      System.setOut(realOut);
    }
  }

  /** Threads of libraries that Ctrl-C ends in the middle of something have nothing to tell. */
  private static void quietThreadsThatAreStopped() {
    if (Thread.getDefaultUncaughtExceptionHandler() == null) {
      Thread.setDefaultUncaughtExceptionHandler(
          (thread, failure) -> {
            if (!isInterrupted()) {
              System.err.print("Exception in thread \"" + thread.getName() + "\" ");
              failure.printStackTrace();
            }
          });
    }
  }

  /** Whether the JVM is ending, as after Ctrl-C; whatever then fails does so because of it. */
  private static boolean isInterrupted() {
    try {
      Thread probe = new Thread(() -> {});
      Runtime.getRuntime().addShutdownHook(probe);
      Runtime.getRuntime().removeShutdownHook(probe);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private void print(Job job, JobResult result) throws JsonProcessingException {
    if (!result.isShown()) {
      out.println(job.isJson() ? json(result) : result.text());
    }
    out.flush();
  }

  /** Reads and checks the configuration. */
  private static LoadedConfig load(Job job) {
    Configuration hadoop = SparkSettings.hadoop(Map.of());
    LoadedConfig loaded =
        new ConfigLoader(hadoop)
            .load(new ConfigSources(job.preset(), job.configFiles(), job.overrides()));
    TandemConfig config = loaded.config();
    LoggingSetup.apply(job.isVerbose() ? "debug" : config.logging().level(), job.isVerbose());
    Problems problems = loaded.problems();
    checkPositionals(job, problems);
    checkCommon(job, config, problems);
    if (job.usesSpark()) {
      Configuration files = SparkSettings.hadoop(config.spark().conf());
      checkDirectory("workspace", config.workspace(), files, problems);
      checkDirectory("encode.output", config.encode().output(), files, problems);
      checkDirectory("retrieve.output", config.retrieve().output(), files, problems);
      checkDirectory("bench.output", config.bench().output(), files, problems);
    }
    if (loaded.complete()) {
      job.check(config, problems);
    }
    problems.throwIfAny();
    return loaded;
  }

  private JobResult perform(Job job, LoadedConfig loaded) throws Exception {
    VectorModule.endWithStarter();
    if (job.usesKernels()) {
      CudaBuild.loadRuntime();
    }
    TandemConfig config = loaded.config();
    try (JobContext context =
        new JobContext(
            config,
            loaded.settings(),
            SparkSettings.spark(job.name(), loaded, job.master()),
            SparkSettings.hadoop(config.spark().conf()),
            ProgressReporter.of(config.logging().progress(), err),
            new JobContext.Console(in, out, err))) {
      return job.run(context);
    }
  }

  private static void checkCommon(Job job, TandemConfig config, Problems problems) {
    if (!config.experiment().name().matches(NAME)) {
      problems.add(
          "experiment.name",
          "must be a name for a directory: letters, digits and . _ + = @ -, the first a letter,"
              + " digit or _");
    }
    if (job.master() != null && !job.master().matches(MASTER)) {
      problems.add(new Problem("--master", job.master(), "command line", MASTERS));
    }
    if (!config.spark().master().matches(MASTER)) {
      problems.add("spark.master", MASTERS);
    }
  }

  /** Complains where a directory cannot be made to write in; makes nothing. */
  private static void checkDirectory(
      String key, String directory, Configuration hadoop, Problems problems) {
    if (directory == null) {
      return;
    }
    try {
      Path path = new Path(directory);
      FileSystem fileSystem = path.getFileSystem(hadoop);
      path = fileSystem.makeQualified(path);
      while (!fileSystem.exists(path) && path.getParent() != null) {
        path = path.getParent();
      }
      if (!fileSystem.getFileStatus(path).isDirectory()) {
        problems.add(key, "must be a directory to write in, but " + path + " is a file");
        return;
      }
      if (path.toUri().getScheme().equals("file")) {
        // Hadoop would compare mode bits with a user name, and knows neither root nor ACLs.
        if (!Files.isWritable(java.nio.file.Path.of(path.toUri().getPath()))) {
          problems.add(key, "must be a directory to write in, but " + path + " is not writable");
        }
      } else {
        fileSystem.access(path, FsAction.WRITE);
      }
    } catch (AccessControlException e) {
      problems.add(key, "must be a directory to write in: " + e.getMessage());
    } catch (IOException | IllegalArgumentException e) {
      problems.add(key, "cannot be reached: " + e.getMessage());
    }
  }

  private static void checkPositionals(Job job, Problems problems) {
    List<String> names = job.positionalNames();
    List<String> given = job.positionals();
    for (int i = given.size(); i < names.size(); i++) {
      if (!names.get(i).startsWith("[")) {
        problems.add(new Problem(names.get(i), null, null, "is missing on the command line"));
      }
    }
    boolean repeats = !names.isEmpty() && names.get(names.size() - 1).endsWith("...");
    for (int i = repeats ? given.size() : names.size(); i < given.size(); i++) {
      problems.add(
          new Problem(
              null,
              given.get(i),
              "command line",
              "is no key=value, as in train.epochs=2; a configuration file is named with"
                  + " --config"));
    }
  }

  private static String json(JobResult result) throws JsonProcessingException {
    return new ObjectMapper()
        .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
        .writeValueAsString(result.json());
  }
}
