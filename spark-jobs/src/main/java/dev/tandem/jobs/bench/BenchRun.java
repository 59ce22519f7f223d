package dev.tandem.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.TandemConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Runs benchmarks and writes what they find, as JSON and as Markdown. */
public final class BenchRun {
  private BenchRun() {}

  /** The directory of the results. */
  public static Path output(TandemConfig config) {
    return config.bench().output() != null
        ? new Path(config.bench().output())
        : new Path(config.workspace(), "bench");
  }

  /**
   * Runs the benchmarks that the configuration chooses.
   *
   * @throws IOException if one of them cannot be measured, or the results not be written
   */
  public static JobResult run(JobContext context) throws IOException {
    long start = System.nanoTime();
    BenchReport report = Benchmarks.run(context);
    Path directory = output(context.config());
    String name = "bench-" + report.time().replaceAll("[-:]", "");
    Path json = new Path(directory, name + ".json");
    Path markdown = new Path(directory, name + ".md");
    FileSystem files = directory.getFileSystem(context.hadoop());
    write(
        files,
        json,
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report.json()));
    write(files, markdown, report.markdown());
    JobResult result =
        JobResult.of("%s%n%nWritten: %s%n         %s".formatted(report.markdown(), json, markdown));
    for (Map.Entry<String, Object> member : report.json().entrySet()) {
      result = result.with(member.getKey(), member.getValue());
    }
    return result
        .with("files", java.util.List.of(json.toString(), markdown.toString()))
        .with("seconds", (System.nanoTime() - start) / 1e9);
  }

  private static void write(FileSystem files, Path path, String text) throws IOException {
    try (OutputStream out = files.create(path, true)) {
      out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }
}
