package dev.tandem.jobs.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class CommandLineRunnerTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CommandLineRunner runner =
      new CommandLineRunner(
          new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8));
  private final Probe probe = new Probe();

  @Test
  void theResultGoesToStandardOutput() {
    assertThat(runner.run(probe, "IN", "--shout", "experiment.name=mine")).isZero();
    assertThat(out()).isEqualTo("MINE\n");
    assertThat(err()).isEmpty();
  }

  @Test
  void jsonIsOneObjectWhateverLibrariesPrint() throws Exception {
    assertThat(runner.run(List.of(probe), "probe", "IN", "--json", "experiment.name=mine"))
        .isZero();

    JsonNode json = new ObjectMapper().readTree(out());
    assertThat(json.get("name").asText()).isEqualTo("mine");
    assertThat(json.get("positionals").get(0).asText()).isEqualTo("IN");
  }

  @Test
  void aDryRunShowsValuesOriginsAndPlanAndRunsNothing() {
    assertThat(runner.run(probe, "IN", "--dry-run", "experiment.name=mine")).isZero();

    assertThat(out())
        .containsPattern("experiment.name = \"mine\" +# command line")
        .containsPattern("train.epochs = 1 +# default")
        .endsWith("# Plan of probe; nothing was run\n1. greet mine\n");
    assertThat(probe.ran).isFalse();
  }

  @Test
  void aDryRunAsJson() throws Exception {
    assertThat(runner.run(probe, "IN", "--dry-run", "--json", "seed=7")).isZero();

    JsonNode json = new ObjectMapper().readTree(out());
    assertThat(json.at("/configuration/seed/value").asText()).isEqualTo("7");
    assertThat(json.at("/configuration/seed/origin").asText()).isEqualTo("command line");
    assertThat(json.at("/plan/0").asText()).isEqualTo("greet tandem");
  }

  @Test
  void problemsOfConfigurationCommandAndArgumentsComeTogether() {
    assertThat(runner.run(probe, "train.epochs=0", "experiment.name=none")).isEqualTo(2);
    assertThat(err())
        .isEqualTo(
            """
            tandem probe: 3 problems in the configuration or command line:
              train.epochs = 0   (command line)
                  must be a whole number from 1 up
              INPUT
                  is missing on the command line
              experiment.name = "none"   (command line)
                  is taken
            """);
    assertThat(out()).isEmpty();
    assertThat(probe.ran).isFalse();
  }

  @Test
  void namesThatLeaveTheWorkspaceAndMastersThatAreNoneAreProblems() {
    assertThat(runner.run(probe, "IN", "experiment.name=../evil", "spark.master=lokal"))
        .isEqualTo(2);
    assertThat(runner.run(probe, "IN", "--master", "lokal[2]")).isEqualTo(2);
    assertThat(err())
        .contains(
            "experiment.name = \"../evil\"   (command line)", "must be a name for a directory")
        .contains("spark.master = \"lokal\"   (command line)", "must be a Spark master")
        .contains("--master = lokal[2]   (command line)");
    assertThat(runner.run(probe, "IN", "--master", "spark://host:7077")).isZero();
  }

  @Test
  void aWorkspaceThatCannotBeMadeIsToldBeforeSparkStarts(@TempDir Path directory)
      throws IOException {
    Path file = Files.createFile(directory.resolve("passages.tsv"));
    assertThat(runner.run(probe, "IN", "workspace=" + file.resolve("ws"))).isEqualTo(2);
    assertThat(err()).contains("workspace = ").contains("passages.tsv is a file");
    assertThat(probe.ran).isFalse();
  }

  @Test
  void outputsThatAreFilesAreToldTogetherBeforeSparkStarts(@TempDir Path directory)
      throws IOException {
    Path file = Files.createFile(directory.resolve("passages.tsv"));
    assertThat(runner.run(probe, "IN", "retrieve.output=" + file, "encode.output=" + file))
        .isEqualTo(2);
    assertThat(err())
        .contains("retrieve.output = ", "encode.output = ")
        .contains("passages.tsv is a file");
    assertThat(probe.ran).isFalse();
  }

  @Test
  void wordsBeyondTheArgumentsAreProblems() {
    assertThat(runner.run(probe, "IN", "OTHER", "more")).isEqualTo(2);
    assertThat(err()).contains("more   (command line)").doesNotContain("OTHER   ");
  }

  @Test
  void failuresEndWithTheirStatusAndNoStackTrace() {
    probe.failure = new TandemException(TandemException.Kind.BAD_DATA, "a.tsv:3: no tab");
    assertThat(runner.run(probe, "IN")).isEqualTo(3);

    probe.failure =
        new IllegalStateException(
            "task failed", new TandemException(TandemException.Kind.ARTIFACT, "m: damaged"));
    assertThat(runner.run(probe, "IN")).isEqualTo(4);

    assertThat(err()).isEqualTo("tandem probe: a.tsv:3: no tab\ntandem probe: m: damaged\n");
  }

  @Test
  void otherFailuresSayHowToSeeMore() {
    probe.failure = new IllegalStateException("odd");
    assertThat(runner.run(probe, "IN")).isEqualTo(1);
    assertThat(err())
        .isEqualTo(
            "tandem probe: IllegalStateException: odd\n"
                + "Run it again with --verbose to see where it happened.\n");
  }

  @Test
  void verboseShowsTheStackTrace() {
    probe.failure = new TandemException(TandemException.Kind.BAD_DATA, "a.tsv:3: no tab");
    assertThat(runner.run(probe, "IN", "--verbose")).isEqualTo(3);
    assertThat(err()).contains("at dev.tandem.jobs.command.CommandLineRunnerTest");
  }

  @Test
  void helpVersionAndWrongUse() {
    assertThat(runner.run(List.of(probe), "--help")).isZero();
    assertThat(runner.run(List.of(probe), "--version")).isZero();
    assertThat(runner.run(List.of(probe), "probe", "--help")).isZero();
    assertThat(out())
        .contains("probe  Greets.")
        .containsPattern("tandem \\d+\\.\\d+\\.\\d+")
        .contains("Usage: tandem probe INPUT [OTHER] [options]");
    assertThat(err()).isEmpty();

    assertThat(runner.run(List.of(probe))).isEqualTo(2);
    assertThat(runner.run(List.of(probe), "prob")).isEqualTo(2);
    assertThat(runner.run(List.of(probe), "probe", "--shuot", "IN")).isEqualTo(2);
    assertThat(err())
        .contains("Did you mean probe?")
        .contains("--shout")
        .contains("Try: tandem probe --help");
  }

  @Test
  void sparkIsStartedOnDemandWithTheConfigurationsProperties() {
    probe.useSpark = true;
    assertThat(
            runner.run(
                probe,
                "IN",
                "--json",
                "--master",
                "local[1]",
                "spark.conf.spark.default.parallelism=3",
                "logging.progress=none"))
        .as(err())
        .isZero();
    assertThat(out()).contains("\"spark\":\"local[1] 3 tandem probe tandem\"");
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  @Command(name = "probe", description = "Greets.")
  private static final class Probe extends Job {
    @Option(names = "--shout", description = "In capitals.")
    private boolean shout;

    private boolean ran;
    private boolean noisy;
    private boolean useSpark;
    private RuntimeException failure;

    @Override
    protected List<String> positionalNames() {
      return List.of("INPUT", "[OTHER]");
    }

    @Override
    protected void check(TandemConfig config, Problems problems) {
      if (config.experiment().name().equals("none")) {
        problems.add("experiment.name", "is taken");
      }
    }

    @Override
    protected List<String> plan(TandemConfig config) {
      return List.of("greet " + config.experiment().name());
    }

    @Override
    protected JobResult run(JobContext context) {
      ran = true;
      if (failure != null) {
        throw failure;
      }
      if (noisy) {
        System.out.println("a library's greeting");
      }
      String name = context.config().experiment().name();
      JobResult result =
          JobResult.of(shout ? name.toUpperCase(java.util.Locale.ROOT) : name)
              .with("name", name)
              .with("positionals", positionals());
      if (useSpark) {
        var conf = context.spark().getConf();
        result =
            result.with(
                "spark",
                conf.get("spark.master")
                    + " "
                    + context.spark().defaultParallelism()
                    + " "
                    + conf.get("spark.app.name"));
      }
      return result;
    }
  }
}
