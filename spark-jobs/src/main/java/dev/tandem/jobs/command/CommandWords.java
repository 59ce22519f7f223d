package dev.tandem.jobs.command;

import java.util.List;
import java.util.regex.Pattern;

/** Tells {@code key=value} from the other words of a command line. */
final class CommandWords {
  /** A path with an equals sign is no key: write it as {@code ./year=2024}. */
  private static final Pattern OVERRIDE = Pattern.compile("[A-Za-z][A-Za-z0-9_.\"-]*\\s*=(?s:.*)");

  private CommandWords() {}

  static List<String> overrides(List<String> words) {
    return words.stream().filter(word -> OVERRIDE.matcher(word).matches()).toList();
  }

  static List<String> positionals(List<String> words) {
    return words.stream().filter(word -> !OVERRIDE.matcher(word).matches()).toList();
  }
}
