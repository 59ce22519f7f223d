package dev.tandem.model.optimize;

import java.util.List;
import java.util.stream.Collectors;

/** All that is wrong with the configuration of an updater or schedule, at least one problem. */
public final class InvalidArgumentsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final List<ArgumentProblem> problems;

  InvalidArgumentsException(List<ArgumentProblem> problems) {
    super(problems.stream().map(ArgumentProblem::toString).collect(Collectors.joining("; ")));
    this.problems = List.copyOf(problems);
  }

  InvalidArgumentsException(String key, String value, String message) {
    this(List.of(new ArgumentProblem(key, value, message)));
  }

  /** The problems, in the order of the keys. */
  public List<ArgumentProblem> problems() {
    return problems;
  }
}
