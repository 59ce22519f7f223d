package dev.tandem.jobs.command;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a command ends with: a text for a person, or with {@code --json} one object for a program.
 *
 * @param text lines for standard output
 * @param json the object's members in order; values are what Jackson writes: numbers, texts,
 *     booleans, lists, maps
 */
public record JobResult(String text, Map<String, Object> json) {
  private static final JobResult SHOWN = new JobResult("", Map.of());

  public JobResult {
    json = Collections.unmodifiableMap(new LinkedHashMap<>(json));
  }

  /** A result with no members yet. */
  public static JobResult of(String text) {
    return new JobResult(text, Map.of());
  }

  /** What a command ends with that showed its results as they came; nothing is added to them. */
  public static JobResult shown() {
    return SHOWN;
  }

  /** Whether all there is to show was shown. */
  boolean isShown() {
    return this == SHOWN;
  }

  /** The same result with a member added. */
  public JobResult with(String name, Object value) {
    Map<String, Object> members = new LinkedHashMap<>(json);
    members.put(name, value);
    return new JobResult(text, members);
  }
}
