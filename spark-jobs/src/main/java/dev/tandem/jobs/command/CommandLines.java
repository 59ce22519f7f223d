package dev.tandem.jobs.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Makes the picocli command lines of Tandem and its commands. */
final class CommandLines {
  private CommandLines() {}

  /** The command line of one command. */
  static CommandLine of(Job job) {
    CommandLine line = new CommandLine(job);
    CommandSpec spec = line.getCommandSpec();
    StringBuilder synopsis = new StringBuilder("tandem ").append(job.name());
    for (String name : job.positionalNames()) {
      synopsis.append(' ').append(name);
    }
    synopsis.append(" [options] [--config FILE]... [--master URL] [key=value]...");
    spec.usageMessage()
        .customSynopsis(synopsis.toString())
        .sortOptions(false)
        .width(100)
        .footer(
            "",
            "Every configuration key can be given as key=value; docs/configuration.md lists them.",
            "Exit status: 0 done, 2 wrong use or configuration, 3 bad input data, 4 an artifact is",
            "missing, damaged or does not fit, 1 anything else.");
    return line;
  }

  /** The command line of Tandem, with the commands below it. */
  static CommandLine root(List<Job> jobs) {
    CommandSpec spec =
        CommandSpec.create()
            .name("tandem")
            .addOption(
                OptionSpec.builder("-h", "--help")
                    .usageHelp(true)
                    .description("Shows this text.")
                    .build())
            .addOption(
                OptionSpec.builder("-V", "--version")
                    .versionHelp(true)
                    .description("Shows the version.")
                    .build());
    CommandLine line = new CommandLine(spec);
    jobs.forEach(job -> line.addSubcommand(job.name(), of(job)));
    spec.version("tandem " + version());
    spec.usageMessage()
        .description("Trains, encodes, indexes and measures dense retrievers on Apache Spark.")
        .customSynopsis("tandem COMMAND [--config FILE]... [--master URL] [key=value]...")
        .width(100)
        .footer("", "tandem COMMAND --help shows a command's options.");
    return line;
  }

  /** The version of this build. */
  static String version() {
    try (InputStream in = CommandLines.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
