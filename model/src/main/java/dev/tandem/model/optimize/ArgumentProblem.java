package dev.tandem.model.optimize;

import java.io.Serializable;

/**
 * What is wrong with one argument of a configured class.
 *
 * @param key the argument's key in kebab-case, or {@link #CLASS} for the class name itself; keys of
 *     nested groups are joined by dots
 * @param value the value given, as text, or null where it is missing
 * @param message what is wrong and what would be right, a sentence without the key
 */
public record ArgumentProblem(String key, String value, String message) implements Serializable {
  /** The key of the class name. */
  public static final String CLASS = "class";

  @Override
  public String toString() {
    return value == null ? key + ": " + message : key + " = " + value + ": " + message;
  }
}
