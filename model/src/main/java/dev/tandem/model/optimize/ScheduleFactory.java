package dev.tandem.model.optimize;

import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.nd4j.linalg.schedule.CycleSchedule;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.InverseSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.SigmoidSchedule;
import org.nd4j.linalg.schedule.StepSchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Learning-rate schedules from configuration: a class name and arguments.
 *
 * <p>The class is {@code Constant}, {@link WarmupLinear}, {@link WarmupCosine}, an {@link
 * ISchedule} of ND4J by its short name, or any other on the class path by its full name. Arguments
 * of {@code WarmupLinear} and {@code WarmupCosine} are {@code warmup}, a share of all steps (0 by
 * default), or {@code warmup-steps}. Those of other classes are the named parameters of their JSON
 * constructor in kebab-case, where {@code schedule-type} is {@code iteration} by default, {@code
 * initial-value}, {@code initial-learning-rate} and {@code value} are the base learning rate, and
 * {@code max-iter} is the number of all steps.
 */
public final class ScheduleFactory {
  private static final String CONSTANT = "Constant";
  private static final String WARMUP = "warmup";
  private static final String WARMUP_STEPS = "warmup-steps";

  /** ND4J's RampSchedule is missing because it cannot be read back from JSON. */
  private static final ClassNames<ISchedule> NAMES =
      new ClassNames<>(
          "schedule",
          ISchedule.class,
          List.of(
              WarmupLinear.class,
              WarmupCosine.class,
              CycleSchedule.class,
              ExponentialSchedule.class,
              FixedSchedule.class,
              InverseSchedule.class,
              MapSchedule.class,
              PolySchedule.class,
              SigmoidSchedule.class,
              StepSchedule.class),
          List.of(CONSTANT));

  private ScheduleFactory() {}

  /**
   * Creates a schedule of the learning rate.
   *
   * @param className short or full name, or {@code Constant}
   * @param arguments in kebab-case, without the class name
   * @param baseLearningRate learning rate of the optimizer
   * @param totalSteps steps of the whole training of one worker, positive
   * @throws InvalidArgumentsException with everything that is wrong: an unknown class or argument,
   *     a value of the wrong type or out of range, or missing
   */
  public static ISchedule create(
      String className, Map<String, ?> arguments, double baseLearningRate, int totalSteps) {
    if (totalSteps <= 0) {
      throw new IllegalArgumentException("totalSteps must be positive, but is " + totalSteps);
    }
    return create(
        className,
        arguments,
        new Defaults(OptionalDouble.of(baseLearningRate), OptionalInt.of(totalSteps)));
  }

  /** Creates a schedule of something else, whose every value must be given. */
  static ISchedule create(String className, Map<String, ?> arguments) {
    return create(className, arguments, new Defaults(OptionalDouble.empty(), OptionalInt.empty()));
  }

  private static ISchedule create(String className, Map<String, ?> arguments, Defaults defaults) {
    boolean constant = className.equals(CONSTANT);
    Class<? extends ISchedule> type = constant ? FixedSchedule.class : NAMES.resolve(className);
    ArgumentReader reader = new ArgumentReader(className, arguments);
    boolean trained = defaults.rate.isPresent() && defaults.steps.isPresent();
    if (trained && constant) {
      reader.finish();
      return new FixedSchedule(defaults.rate.getAsDouble());
    }
    if (trained && (type == WarmupLinear.class || type == WarmupCosine.class)) {
      double rate = defaults.rate.getAsDouble();
      int steps = defaults.steps.getAsInt();
      int warmup = warmupSteps(reader, steps);
      return type == WarmupLinear.class
          ? new WarmupLinear(rate, warmup, steps)
          : new WarmupCosine(rate, warmup, steps);
    }
    return construct(type, className, reader, defaults);
  }

  private static int warmupSteps(ArgumentReader reader, int totalSteps) {
    int warmup = 0;
    boolean share = reader.has(WARMUP);
    boolean steps = reader.has(WARMUP_STEPS);
    if (share) {
      Double value = (Double) reader.read(WARMUP, double.class);
      if (value != null && (value < 0 || value > 1)) {
        reader.problem(WARMUP, value, "must be a share of all steps, at least 0 and at most 1");
      } else if (value != null) {
        warmup = (int) Math.round(value * totalSteps);
      }
    }
    if (steps) {
      Integer value = (Integer) reader.read(WARMUP_STEPS, int.class);
      if (value != null && (value < 0 || value > totalSteps)) {
        reader.problem(
            WARMUP_STEPS,
            value,
            "must be at least 0 and at most all %d steps".formatted(totalSteps));
      } else if (value != null) {
        warmup = value;
      }
    }
    if (share && steps) {
      reader.problem(WARMUP_STEPS, warmup, "say either this or warmup, not both");
    }
    reader.finish();
    return warmup;
  }

  private static ISchedule construct(
      Class<? extends ISchedule> type, String className, ArgumentReader reader, Defaults defaults) {
    Constructor<?> constructor = jsonConstructor(type, className);
    Class<?>[] types = constructor.getParameterTypes();
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      String name = parameterName(constructor.getParameterAnnotations()[i]);
      String key = Names.kebab(name);
      if (reader.has(key)) {
        values[i] = reader.read(key, types[i]);
      } else {
        values[i] = defaults.of(name, types[i]);
        if (values[i] == null) {
          reader.problem(key, null, "is missing; " + className + " needs it");
        }
      }
    }
    reader.finish();
    try {
      return type.cast(constructor.newInstance(values));
    } catch (InvocationTargetException e) {
      throw new InvalidArgumentsException(
          ArgumentProblem.CLASS, className, String.valueOf(e.getCause().getMessage()));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot call " + constructor, e);
    }
  }

  private static Constructor<?> jsonConstructor(Class<? extends ISchedule> type, String className) {
    for (Constructor<?> constructor : type.getConstructors()) {
      if (Arrays.stream(constructor.getParameterAnnotations())
          .allMatch(annotations -> parameterName(annotations) != null)) {
        return constructor;
      }
    }
    throw new InvalidArgumentsException(
        ArgumentProblem.CLASS,
        className,
        "has no public constructor with a JsonProperty name on every parameter, so it cannot be sent to workers");
  }

  private static String parameterName(Annotation[] annotations) {
    for (Annotation annotation : annotations) {
      if (annotation instanceof JsonProperty property) {
        return property.value();
      }
    }
    return null;
  }

  /** What arguments are where they are not given. */
  private record Defaults(OptionalDouble rate, OptionalInt steps) {
    Object of(String name, Class<?> type) {
      if (type == ScheduleType.class) {
        return ScheduleType.ITERATION;
      }
      return switch (name) {
        case "initialValue", "initialLearningRate", "value", "learningRate" ->
            rate.isPresent() ? rate.getAsDouble() : null;
        case "maxIter", "totalSteps" -> steps.isPresent() ? steps.getAsInt() : null;
        default -> null;
      };
    }
  }
}
