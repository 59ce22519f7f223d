package dev.tandem.jobs;

import dev.tandem.jobs.command.CommandLineRunner;
import dev.tandem.jobs.command.Job;
import java.util.List;

/** The command line: {@code tandem COMMAND ...}, and the way each job's own main class starts. */
public final class Tandem {
  private Tandem() {}

  /** Runs the command that the first argument names, and ends the process with its exit status. */
  public static void main(String[] args) {
    System.exit(new CommandLineRunner(System.out, System.err).run(jobs(), args));
  }

  /** Runs one command, and ends the process with its exit status. */
  public static void run(Job job, String... args) {
    System.exit(new CommandLineRunner(System.out, System.err).run(job, args));
  }

  /** The commands, in the order of the help text. */
  static List<Job> jobs() {
    return List.of(
        new QuickstartJob(),
        new PrepareJob(),
        new TrainJob(),
        new ValidateJob(),
        new EncodeJob(),
        new IndexJob(),
        new ReindexJob(),
        new RetrieveJob(),
        new SearchJob(),
        new EvaluateJob(),
        new BenchJob());
  }
}
