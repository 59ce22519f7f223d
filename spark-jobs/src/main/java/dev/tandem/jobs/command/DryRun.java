package dev.tandem.jobs.command;

import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.config.LoadedConfig.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code --dry-run} shows: the resolved configuration, origins, and the plan. */
final class DryRun {
  private DryRun() {}

  static JobResult of(Job job, LoadedConfig loaded) {
    List<String> plan = job.plan(loaded.config());
    StringBuilder text = new StringBuilder("# Configuration, and where each value comes from\n");
    Map<String, Object> configuration = new LinkedHashMap<>();
    int width = 0;
    for (Setting setting : loaded.settings()) {
      width = Math.max(width, Math.min(60, assignment(setting).length()));
      configuration.put(
          setting.key(), Map.of("value", setting.value(), "origin", setting.origin()));
    }
    for (Setting setting : loaded.settings()) {
      text.append(String.format("%-" + width + "s  # %s%n", assignment(setting), setting.origin()));
    }
    text.append(String.format("%n# Plan of %s; nothing was run%n", job.name()));
    for (int i = 0; i < plan.size(); i++) {
      text.append(String.format("%d. %s%n", i + 1, plan.get(i)));
    }
    return JobResult.of(text.toString().stripTrailing())
        .with("command", job.name())
        .with("configuration", configuration)
        .with("plan", plan);
  }

  private static String assignment(Setting setting) {
    return setting.key() + " = " + setting.value();
  }
}
