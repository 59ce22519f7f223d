package dev.tandem.model.optimize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.nd4j.linalg.schedule.ISchedule;

/** Reads the arguments of one configured class and collects what is wrong with them. */
final class ArgumentReader {
  /** Properties whose range is known by their name, in ND4J's classes and ours. */
  private static final Map<String, Range> RANGES =
      Map.of(
          "learning-rate", new Range(0, Double.MAX_VALUE, false),
          "epsilon", new Range(0, Double.MAX_VALUE, false),
          "beta1", new Range(0, 1, true),
          "beta2", new Range(0, 1, true),
          "rho", new Range(0, 1, true),
          "rms-decay", new Range(0, 1, true),
          "momentum", new Range(0, 1, true),
          "weight-decay", new Range(0, Double.MAX_VALUE, false));

  private final String owner;
  private final Map<String, Object> arguments;
  private final Set<String> known = new TreeSet<>();
  private final List<ArgumentProblem> problems = new ArrayList<>();

  /**
   * @param owner name of the configured class, for messages
   * @param arguments by their keys
   */
  ArgumentReader(String owner, Map<String, ?> arguments) {
    this.owner = owner;
    this.arguments = new TreeMap<>(arguments);
  }

  /** Whether the argument is given; the key counts as known from here on. */
  boolean has(String key) {
    known.add(key);
    return arguments.get(key) != null;
  }

  /**
   * A given argument as an instance of a type, or null where it does not fit; what is wrong is
   * noted.
   *
   * @param type a primitive or boxed number, boolean, String, an enum, ISchedule, or Map for steps
   *     and their values
   */
  Object read(String key, Class<?> type) {
    known.add(key);
    Object value = arguments.get(key);
    if (type == double.class || type == float.class) {
      Double number = number(key, value);
      return number == null || type == double.class ? number : (Object) number.floatValue();
    }
    if (type == int.class || type == long.class) {
      Long number = wholeNumber(key, value);
      return number == null || type == long.class ? number : (Object) Math.toIntExact(number);
    }
    if (type == boolean.class) {
      return readBoolean(key, value);
    }
    if (type.isEnum()) {
      return constant(key, value, type);
    }
    if (type == ISchedule.class) {
      return nestedSchedule(key, value);
    }
    if (type == Map.class) {
      return steps(key, value);
    }
    return String.valueOf(value);
  }

  private Double number(String key, Object value) {
    Double number = null;
    if (value instanceof Number n) {
      number = n.doubleValue();
    } else if (value instanceof String text) {
      try {
        number = Double.valueOf(text.trim());
      } catch (NumberFormatException e) {
        // reported below
      }
    }
    if (number == null || !Double.isFinite(number)) {
      problem(key, value, "must be a number");
      return null;
    }
    Range range = RANGES.get(key);
    if (range != null && !range.contains(number)) {
      problem(key, value, "must be " + range);
      return null;
    }
    return number;
  }

  private Long wholeNumber(String key, Object value) {
    Double number = number(key, value);
    if (number == null) {
      return null;
    }
    if (number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
      problem(key, value, "must be a whole number of at most " + Integer.MAX_VALUE);
      return null;
    }
    return number.longValue();
  }

  private Boolean readBoolean(String key, Object value) {
    String text = String.valueOf(value);
    if (!text.equals("true") && !text.equals("false")) {
      problem(key, value, "must be true or false");
      return null;
    }
    return Boolean.valueOf(text);
  }

  private Object constant(String key, Object value, Class<?> type) {
    String wanted = String.valueOf(value).replace('-', '_').toUpperCase(Locale.ROOT);
    for (Object constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(wanted)) {
        return constant;
      }
    }
    List<String> names =
        Arrays.stream(type.getEnumConstants())
            .map(c -> ((Enum<?>) c).name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    problem(key, value, "must be one of " + String.join(", ", names));
    return null;
  }

  private ISchedule nestedSchedule(String key, Object value) {
    if (!(value instanceof Map<?, ?> group) || group.get(ArgumentProblem.CLASS) == null) {
      problem(key, value, "must be a group with the key class and a schedule's arguments");
      return null;
    }
    Map<String, Object> nested = new TreeMap<>();
    group.forEach((k, v) -> nested.put(String.valueOf(k), v));
    String className = String.valueOf(nested.remove(ArgumentProblem.CLASS));
    try {
      return ScheduleFactory.create(className, nested);
    } catch (InvalidArgumentsException e) {
      for (ArgumentProblem p : e.problems()) {
        problems.add(new ArgumentProblem(key + "." + p.key(), p.value(), p.message()));
      }
      return null;
    }
  }

  private Map<Integer, Double> steps(String key, Object value) {
    if (!(value instanceof Map<?, ?> group)) {
      problem(key, value, "must be a group of steps and their values, such as { 0 = 1e-3 }");
      return null;
    }
    Map<Integer, Double> steps = new TreeMap<>();
    group.forEach(
        (k, v) -> {
          Double number = number(key + "." + k, v);
          try {
            int step = Integer.parseInt(String.valueOf(k));
            if (number != null) {
              steps.put(step, number);
            }
          } catch (NumberFormatException e) {
            problem(key + "." + k, v, "the key must be a step, a whole number");
          }
        });
    if (!steps.containsKey(0)) {
      problem(key, value, "must have a value for step 0");
    }
    return steps;
  }

  /** Notes a problem with an argument. */
  void problem(String key, Object value, String message) {
    problems.add(new ArgumentProblem(key, value == null ? null : String.valueOf(value), message));
  }

  /**
   * Notes every argument that nobody asked for.
   *
   * @throws InvalidArgumentsException if anything was wrong
   */
  void finish() {
    for (Map.Entry<String, Object> argument : arguments.entrySet()) {
      if (!known.contains(argument.getKey())) {
        problem(
            argument.getKey(),
            argument.getValue(),
            owner + " has no argument of this name; " + Names.suggestion(argument.getKey(), known));
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidArgumentsException(problems);
    }
  }

  /** Numbers from {@code min}; {@code max} itself only where it is not {@code open}. */
  private record Range(double min, double max, boolean open) {
    boolean contains(double number) {
      return number >= min && (open ? number < max : number <= max);
    }

    @Override
    public String toString() {
      return open
          ? "at least %s and below %s".formatted(text(min), text(max))
          : "at least " + text(min);
    }

    private static String text(double bound) {
      return bound == Math.rint(bound) ? String.valueOf((long) bound) : String.valueOf(bound);
    }
  }
}
