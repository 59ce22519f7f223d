package dev.tandem.jobs;

import dev.tandem.jobs.bench.BenchRun;
import dev.tandem.jobs.bench.Benchmarks;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** The command {@code bench}: how fast Tandem is on this machine, beside its peers. */
@Command(
    name = "bench",
    description = {
      "Measures training steps, encoding, tokenization, averaging rounds, exact search and"
          + " graphs on this machine, each in turns with a peer: PyTorch, ONNX Runtime, faiss, DL4J's own training"
          + " master. A peer that is not there is skipped. Ratios above 1: Tandem is ahead.",
      "Main keys: bench.only, bench.python, bench.repetitions, bench.quick, bench.collection,"
          + " bench.vectors."
    })
public final class BenchJob extends Job {

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new BenchJob(), args);
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    for (String name : config.bench().only()) {
      if (!Benchmarks.names().contains(name)) {
        problems.add(
            "bench.only", "has " + name + "; there are " + String.join(", ", Benchmarks.names()));
      }
    }
    String python = config.bench().python();
    if (python.contains("/") && !Files.isExecutable(Path.of(python))) {
      problems.add(
          "bench.python",
          "there is no such program; name a Python interpreter, or leave the key out");
    }
    problems.checkFile("bench.collection");
    problems.checkFile("bench.vectors");
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    List<String> plan = new ArrayList<>(Benchmarks.plan(config.bench()));
    plan.add("write the figures as JSON and Markdown to " + BenchRun.output(config));
    return plan;
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    return BenchRun.run(context);
  }
}
