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
  public JobResult {
    json = Collections.unmodifiableMap(new LinkedHashMap<>(json));
  }

  /** A result with no members yet. */
  public static JobResult of(String text) {
    return new JobResult(text, Map.of());
  }

  /** The same result with a member added. */
  public JobResult with(String name, Object value) {
    Map<String, Object> members = new LinkedHashMap<>(json);
    members.put(name, value);
    return new JobResult(text, members);
  }
}
