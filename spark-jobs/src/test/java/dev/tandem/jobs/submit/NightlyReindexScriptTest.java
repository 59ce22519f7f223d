package dev.tandem.jobs.submit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code submit/nightly-reindex} around a program that stands in for {@code submit/tandem}. */
@DisabledOnOs(OS.WINDOWS)
class NightlyReindexScriptTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path dir;
  private Path logs;
  private Path report;

  private record Outcome(int status, String output, String messages) {}

  @BeforeEach
  void makeTandem() throws IOException {
    logs = dir.resolve("logs");
    report = dir.resolve("report.json");
    tandem("echo \"tandem is told: $*\" >&2", "echo '{\"version\":\"v1\",\"new\":3}'");
  }

  /** Makes the program that stands in. */
  private void tandem(String... lines) throws IOException {
    Path program = dir.resolve("tandem");
    Files.writeString(program, "#!/usr/bin/env bash\n" + String.join("\n", lines) + "\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }

  private ProcessBuilder script(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("bash", "../submit/nightly-reindex"));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("TANDEM_"));
    builder
        .environment()
        .putAll(
            Map.of(
                "TANDEM_NIGHTLY_TANDEM", dir.resolve("tandem").toString(),
                "TANDEM_NIGHTLY_LOGS", logs.toString(),
                "TANDEM_NIGHTLY_REPORT", report.toString(),
                "TANDEM_NIGHTLY_GRACE", "1s",
                "TANDEM_NIGHTLY_RETRY_WAIT", "0"));
    return builder
        .redirectOutput(dir.resolve("out").toFile())
        .redirectError(dir.resolve("err").toFile());
  }

  private Outcome run(String... arguments) throws Exception {
    return ended(script(List.of(arguments)).start());
  }

  private Outcome ended(Process process) throws Exception {
    assertThat(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return new Outcome(
        process.exitValue(),
        Files.readString(dir.resolve("out"), StandardCharsets.UTF_8),
        Files.readString(dir.resolve("err"), StandardCharsets.UTF_8));
  }

  private JsonNode report() throws IOException {
    return new ObjectMapper().readTree(report.toFile());
  }

  private String log() throws IOException {
    return Files.readString(Path.of(report().get("log").asText()), StandardCharsets.UTF_8);
  }

  private List<Path> logFiles() throws IOException {
    try (Stream<Path> files = Files.list(logs)) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
  }

  private static void await(Path file) throws Exception {
    Instant end = Instant.now().plus(LONG);
    while (!Files.exists(file) || Files.size(file) == 0) {
      assertThat(Instant.now()).as("waiting for %s", file).isBefore(end);
      Thread.sleep(20);
    }
  }

  @Test
  void whereAllGoesWellItIsSilentAndLeavesALogAndAReport() throws Exception {
    Outcome outcome = run("--keep", "5", "--", "--config", "my.conf", "index.name=a b");

    assertThat(outcome).isEqualTo(new Outcome(0, "", ""));
    assertThat(log())
        .contains(
            "tandem is told: reindex --json --config my.conf index.name=a b index.keep=5"
                + " reindex.prune=true\n")
        .contains("nightly-reindex: done");
    assertThat(report().get("status").asInt()).isZero();
    assertThat(report().get("outcome").asText()).isEqualTo("done");
    assertThat(report().get("attempts").asInt()).isEqualTo(1);
    assertThat(report().get("result").get("new").asInt()).isEqualTo(3);
    assertThat(Instant.parse(report().get("started").asText())).isBefore(Instant.now());
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".tmp"));
    }
  }

  @Test
  void whatStandsIndentedBelowAMessageIsPartOfTheReason() throws Exception {
    tandem(
        "echo 'tandem reindex: 2 problems in the configuration or command line:' >&2",
        "echo '  data.collection = gone.tsv: missing file' >&2",
        "echo '  index.tpye = flat: unknown' >&2",
        "echo 'Try: tandem reindex --help' >&2",
        "echo '  no part of it' >&2",
        "exit 2");

    Outcome outcome = run();

    assertThat(outcome.status).isEqualTo(2);
    assertThat(report().get("outcome").asText())
        .endsWith(
            "command line: data.collection = gone.tsv: missing file index.tpye = flat: unknown");
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "3, 1", "4, 1", "1, 3", "7, 1"})
  void tandemsStatusIsPassedOnAndOnlyOneIsTriedAgain(int status, int attempts) throws Exception {
    tandem("echo 'tandem reindex: so it \"is\"' >&2", "exit " + status);

    Outcome outcome = run("--retries=2");

    assertThat(outcome.status).isEqualTo(status);
    assertThat(outcome.messages)
        .startsWith(
            "nightly-reindex: failed with status " + status + ": tandem reindex: so it \"is\"")
        .contains("Log: " + logs.toRealPath());
    assertThat(report().get("attempts").asInt()).isEqualTo(attempts);
    assertThat(report().get("outcome").asText()).endsWith("so it \"is\"");
    assertThat(report().get("result").isNull()).isTrue();
  }

  @Test
  void aTryThatSucceedsAfterOneThatFailedIsASuccess() throws Exception {
    tandem(
        "[[ -e " + dir + "/tried ]] && echo '{\"new\":1}' && exit",
        "touch " + dir + "/tried",
        "echo '{\"new\":',",
        "exit 1");

    assertThat(run("--retries", "1").status).isZero();
    assertThat(report().get("attempts").asInt()).isEqualTo(2);
    assertThat(report().get("result").get("new").asInt()).isEqualTo(1);
  }

  @Test
  void afterTheTimeoutAllProcessesAreGone() throws Exception {
    // Two that do not end when they are asked to
    tandem(
        "trap '' TERM",
        "bash -c 'trap \"\" TERM; echo $$ > " + dir + "/child; while :; do sleep 0.1; done' &",
        "echo $$ > " + dir + "/parent",
        "while :; do sleep 0.1; done");

    Outcome outcome = run("--timeout", "5s", "--retries", "3");

    assertThat(outcome.status).isEqualTo(124);
    assertThat(outcome.messages).contains("timed out after 5 s");
    assertThat(report().get("status").asInt()).isEqualTo(124);
    assertThat(report().get("attempts").asInt()).isEqualTo(1);
    assertGone("child");
    assertGone("parent");
  }

  @Test
  void aChildThatOutlivesItsParentAfterTheTimeoutIsKilledToo() throws Exception {
    tandem(
        "bash -c 'trap \"\" TERM; echo $$ > " + dir + "/child; while :; do sleep 0.1; done' &",
        "wait");

    assertThat(run("--timeout", "5s").status).isEqualTo(124);
    assertGone("child");
  }

  private void assertGone(String file) throws Exception {
    await(dir.resolve(file));
    long pid = Long.parseLong(Files.readString(dir.resolve(file)).strip());
    Instant end = Instant.now().plusSeconds(10);
    while (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
      assertThat(Instant.now()).as("process %s still lives", file).isBefore(end);
      Thread.sleep(20);
    }
  }

  @Test
  void whileOneRunsAnotherIsNotStartedAndSaysWhoRuns() throws Exception {
    tandem("echo x >> " + dir + "/runs", "while [[ ! -e " + dir + "/end ]]; do sleep 0.05; done");
    Process first = script(List.of()).start();
    await(dir.resolve("runs"));
    ProcessBuilder second = script(List.of("--alert", "cat > " + dir + "/alerted"));
    second.redirectError(dir.resolve("second").toFile());

    Process locked = second.start();

    assertThat(locked.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(locked.exitValue()).isEqualTo(75);
    assertThat(Files.readString(dir.resolve("second")))
        .contains("another run holds " + logs.toRealPath() + "/lock: process " + first.pid())
        .containsPattern("since \\d{4}-\\d\\d-\\d\\dT.*, log " + logs.toRealPath() + "/reindex-");
    assertThat(new ObjectMapper().readTree(dir.resolve("alerted").toFile()).get("status").asInt())
        .isEqualTo(75);
    assertThat(report).doesNotExist();
    assertThat(logFiles()).as("one for the run that runs").hasSize(1);
    Files.createFile(dir.resolve("end"));
    assertThat(ended(first).status).isZero();
    assertThat(Files.readAllLines(dir.resolve("runs"))).hasSize(1);
    assertThat(run().status).as("afterwards").isZero();
  }

  @Test
  void whatAKilledScriptLeavesRunningKeepsTheLock() throws Exception {
    tandem("echo $$ > " + dir + "/pid", "while [[ ! -e " + dir + "/end ]]; do sleep 0.05; done");
    Process first = script(List.of()).start();
    await(dir.resolve("pid"));
    first.destroyForcibly().waitFor();

    assertThat(run().status).isEqualTo(75);

    Files.createFile(dir.resolve("end"));
    assertGone("pid");
    assertThat(run().status).isZero();
  }

  @Test
  void aSignalEndsTheRunWithAReport() throws Exception {
    tandem("echo $$ > " + dir + "/pid", "while :; do sleep 0.05; done");
    Process running = script(List.of("--retries", "5")).start();
    await(dir.resolve("pid"));

    running.destroy(); // SIGTERM, as Kubernetes sends it

    assertThat(ended(running).status).isEqualTo(143);
    assertThat(report().get("outcome").asText()).startsWith("interrupted by signal 15");
    assertGone("pid");
  }

  @Test
  void theAlertCommandIsToldByEnvironmentAndStandardInput() throws Exception {
    tandem("echo 'tandem reindex: bad line' >&2", "exit 3");

    Outcome outcome =
        run(
            "--alert",
            "env | grep ^TANDEM_NIGHTLY_[SOLR] | sort > "
                + dir
                + "/told; cat > "
                + dir
                + "/json; echo sent; exit 9");

    assertThat(outcome.status).as("not the alert command's").isEqualTo(3);
    assertThat(outcome.messages).contains("the alert command failed with status 9: sent");
    assertThat(Files.readAllLines(dir.resolve("told")))
        .contains(
            "TANDEM_NIGHTLY_LOG=" + logFiles().get(0).toRealPath(),
            "TANDEM_NIGHTLY_OUTCOME=failed with status 3: tandem reindex: bad line",
            "TANDEM_NIGHTLY_REPORT=" + report,
            "TANDEM_NIGHTLY_STATUS=3");
    assertThat(new ObjectMapper().readTree(dir.resolve("json").toFile())).isEqualTo(report());
    assertThat(log()).contains("alert: sent");
  }

  @ParameterizedTest
  @CsvSource({"failure, false", "always, true"})
  void successIsToldOnRequest(String when, boolean told) throws Exception {
    assertThat(run("--alert", "touch " + dir + "/told", "--alert-on", when).status).isZero();
    assertThat(Files.exists(dir.resolve("told"))).isEqualTo(told);
  }

  @Test
  void onlyTheNewestLogsStay() throws Exception {
    Files.createDirectories(logs);
    for (int day = 1; day < 6; day++) {
      Files.createFile(logs.resolve("reindex-2020010" + day + "T000000Z-1.log"));
    }
    Files.createFile(logs.resolve("other.log"));

    assertThat(run("--keep-logs", "3").status).isZero();

    assertThat(logFiles()).hasSize(4);
    assertThat(logFiles())
        .extracting(file -> file.getFileName().toString())
        .contains("reindex-20200104T000000Z-1.log", "reindex-20200105T000000Z-1.log", "other.log");
  }

  @Test
  void aReportThatCannotBeReplacedLeavesTheOldOneWhole() throws Exception {
    run();
    String old = Files.readString(report);
    tandem("rm -rf " + dir + "/reports; exit 4");
    Path other = Files.createDirectory(dir.resolve("reports")).resolve("r.json");

    Outcome outcome = run("--report", other.toString());

    assertThat(outcome.status).isEqualTo(4);
    assertThat(outcome.messages).contains("the report could not be written to " + other);
    assertThat(Files.readString(report)).isEqualTo(old);
  }

  @ParameterizedTest
  @CsvSource({"0, done", "3, failed with status 3: tandem reindex: bad"})
  void aLogThatCannotBeWrittenChangesNeitherStatusNorReportNorAlert(int status, String told)
      throws Exception {
    tandem("rm -rf " + logs, "echo 'tandem reindex: bad' >&2", "exit " + status);

    Outcome outcome = run("--alert-on=always", "--alert", "cat > " + dir + "/alerted");

    assertThat(outcome.status).isEqualTo(status);
    assertThat(outcome.messages).contains("tandem reindex: bad\n", told, "cannot be written");
    assertThat(report().get("outcome").asText()).isEqualTo(told);
    assertThat(new ObjectMapper().readTree(dir.resolve("alerted").toFile())).isEqualTo(report());
  }

  @Test
  void aLockWithoutRoomForItsTextLocksAllTheSame() throws Exception {
    Outcome outcome =
        run("--lock", "/dev/full", "--alert-on=always", "--alert", "touch " + alerted());

    assertThat(outcome.status).isZero();
    assertThat(report().get("outcome").asText()).isEqualTo("done");
    assertThat(log()).contains("/dev/full cannot be written");
    assertThat(alerted()).exists();
  }

  @Test
  void theAlertRunsWhereNothingCouldBegin() throws Exception {
    ProcessBuilder builder = script(List.of("--alert", "cat > " + alerted()));
    builder.environment().put("TMPDIR", dir + "/missing");

    Outcome outcome = ended(builder.start());

    assertThat(outcome.status).isEqualTo(1);
    assertThat(outcome.messages).contains("not started: no temporary directory");
    assertThat(new ObjectMapper().readTree(alerted().toFile()).get("status").asInt()).isEqualTo(1);
    assertThat(report().get("status").asInt()).isEqualTo(1);
  }

  @Test
  void theAlertRunsWhereTheDirectoryOfLogsCannotBeMade() throws Exception {
    Files.createFile(logs);

    Outcome outcome = run("--alert", "touch " + alerted());

    assertThat(outcome.status).isEqualTo(2);
    assertThat(outcome.messages).contains("--logs " + logs + " cannot be made: ");
    assertThat(alerted()).exists();
  }

  private Path alerted() {
    return dir.resolve("alerted");
  }

  /** As {@code submit/tandem} does, which sends its standard error through a process that stays. */
  @Test
  void theLastLineOfStandardErrorIsWaitedForAndTheLockThenFree() throws Exception {
    tandem("(sleep 1.5; echo 'tandem reindex: late' >&2) &", "exit 3");

    assertThat(run().messages).contains("failed with status 3: tandem reindex: late. Log: ");
    assertThat(log()).contains("tandem reindex: late");
    assertThat(run().status).as("directly afterwards").isEqualTo(3);
  }

  @Test
  void theReasonIsThatOfTheLastTry() throws Exception {
    tandem(
        "[[ -e " + dir + "/tried ]] && exit 7",
        "touch " + dir + "/tried",
        "echo 'tandem reindex: first' >&2",
        "exit 1");

    assertThat(run("--retries", "1").messages).contains("failed with status 7. Log: ");
    assertThat(report().get("outcome").asText()).isEqualTo("failed with status 7");
    assertThat(log()).contains("tandem reindex: first");
  }

  @Test
  void withoutLogFilesThereIsAReasonToo() throws Exception {
    tandem("echo 'tandem reindex: bad line' >&2", "echo other >&2", "exit 3");

    Outcome outcome = run("--logs", "-");

    assertThat(outcome.messages).contains("tandem reindex: bad line\nother\n");
    assertThat(report().get("outcome").asText())
        .isEqualTo("failed with status 3: tandem reindex: bad line");
  }

  @Test
  void aSignalBeforeTandemStartsKeepsItFromStarting() throws Exception {
    tandem("touch " + dir + "/ran");
    onPath("flock", "kill -TERM $PPID");

    Outcome outcome = ended(scriptWithPath().start());

    assertThat(outcome.status).isEqualTo(143);
    assertThat(report().get("outcome").asText()).startsWith("interrupted by signal 15");
    assertThat(dir.resolve("ran")).doesNotExist();
  }

  @Test
  void aSignalWhileTandemIsStartedIsPassedOn() throws Exception {
    tandem("for i in {1..100}; do sleep 0.1; done", "touch " + dir + "/ran");
    // Sent between the start of the process and the script's knowing its number
    Path environment =
        Files.writeString(
            dir.resolve("trap.sh"),
            "[[ $0 != *nightly-reindex ]] || { set -T; sent=;"
                + " trap '[[ -n $sent || $BASH_COMMAND != \"process=\\$!\" ]]"
                + " || { sent=1; touch "
                + dir
                + "/sent; kill -TERM $$; }' DEBUG; }\n");
    ProcessBuilder builder = script(List.of());
    builder.environment().put("BASH_ENV", environment.toString());

    assertThat(ended(builder.start()).status).isEqualTo(143);

    assertThat(dir.resolve("sent")).exists();
    assertThat(dir.resolve("ran")).doesNotExist();
  }

  @Test
  void aLockThatCannotBeHadIsNotToldAsAnotherRun() throws Exception {
    onPath("flock", "echo 'flock: 9: No locks available' >&2", "exit 71");

    Outcome outcome = ended(scriptWithPath("--alert", "touch " + alerted()).start());

    assertThat(outcome.status).isEqualTo(2);
    assertThat(outcome.messages)
        .contains("lock cannot be locked: flock: 9: No locks available")
        .doesNotContain("another run");
    assertThat(alerted()).exists();
  }

  private void onPath(String name, String... lines) throws IOException {
    Path program = Files.createDirectories(dir.resolve("bin")).resolve(name);
    Files.writeString(program, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }

  private ProcessBuilder scriptWithPath(String... arguments) {
    ProcessBuilder builder = script(List.of(arguments));
    builder.environment().merge("PATH", dir + "/bin", (path, bin) -> bin + ":" + path);
    return builder;
  }

  @Test
  void aRelativeDirectoryOfLogsIsFoundWhateverCdpathSays() throws Exception {
    Files.createDirectories(dir.resolve("other/logs"));
    ProcessBuilder builder = script(List.of("--logs", "logs"));
    builder.command().set(1, Path.of("../submit/nightly-reindex").toRealPath().toString());
    builder.environment().put("CDPATH", dir + "/other");

    assertThat(ended(builder.directory(dir.toFile()).start()).status).isZero();

    assertThat(logFiles()).hasSize(1);
    assertThat(dir.resolve("other/logs")).isEmptyDirectory();
  }

  @Test
  void withoutLogFilesEverythingGoesToStandardError() throws Exception {
    Outcome outcome = run("--logs", "-", "--", "index.name=x");

    assertThat(outcome.status).isZero();
    assertThat(outcome.messages)
        .contains("tandem is told: reindex --json index.name=x", "nightly-reindex: done");
    assertThat(report().get("log").isNull()).isTrue();
    assertThat(logs).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--timeout 1w",
        "--retries x",
        "--grace 0",
        "--keep -1",
        "--keep-logs 0",
        "--alert-on never",
        "--report /no/such/dir/r.json",
        "--lock /no/such/dir/lock",
        "--unknown 1",
        "--lock"
      })
  void wrongUseIsNamed(String arguments) throws Exception {
    Outcome outcome = run(arguments.split(" "));

    assertThat(outcome.status).isEqualTo(2);
    assertThat(outcome.messages)
        .contains(arguments.split(" ")[0])
        .contains("Try: submit/nightly-reindex --help");
    assertThat(report).doesNotExist();
  }

  @Test
  void theHelpNamesEveryOption() throws Exception {
    String help = run("--help").output;
    for (String option :
        "logs keep-logs lock timeout grace retries retry-wait keep report alert alert-on"
            .split(" ")) {
      assertThat(help)
          .contains("--" + option + " ")
          .contains(
              "TANDEM_NIGHTLY_" + option.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
    }
    assertThat(help).contains("75", "124");
  }
}
