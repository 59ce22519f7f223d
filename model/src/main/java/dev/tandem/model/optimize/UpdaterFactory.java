package dev.tandem.model.optimize;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Updaters from configuration: a class name and arguments.
 *
 * <p>The class is an {@link IUpdater} of ND4J by its short name, any other on the class path by its
 * full name, or {@link AdamW}. Arguments are what the class has public setters for, in kebab-case
 * ({@code learning-rate} for {@code setLearningRate}); those left out keep the class's defaults.
 * {@code weight-decay} is an argument of every updater with a learning rate, 0 by default, .01 for
 * AdamW.
 */
public final class UpdaterFactory {
  private static final String WEIGHT_DECAY = "weight-decay";

  /** As in PyTorch. */
  private static final double ADAM_W_WEIGHT_DECAY = 0.01;

  private static final ClassNames<IUpdater> NAMES =
      new ClassNames<>(
          "updater",
          IUpdater.class,
          List.of(
              Adam.class,
              AdamW.class,
              AdaBelief.class,
              AdaDelta.class,
              AdaGrad.class,
              AdaMax.class,
              AMSGrad.class,
              Nadam.class,
              Nesterovs.class,
              NoOp.class,
              RmsProp.class,
              Sgd.class),
          List.of());

  private UpdaterFactory() {}

  /**
   * Creates an updater.
   *
   * @param className short or full name
   * @param arguments in kebab-case, without the class name; numbers, strings, booleans, or for a
   *     schedule a map of the same form with the key {@code class}
   * @param schedule of the learning rate, or null for the constant one
   * @throws InvalidArgumentsException with everything that is wrong: an unknown class or argument,
   *     a value of the wrong type or out of range
   */
  public static Optimizer create(String className, Map<String, ?> arguments, ISchedule schedule) {
    IUpdater updater = instantiate(NAMES.resolve(className), className);
    ArgumentReader reader = new ArgumentReader(className, arguments);
    for (Method setter : setters(updater.getClass())) {
      String key = key(setter);
      if (reader.has(key)) {
        Object value = reader.read(key, setter.getParameterTypes()[0]);
        if (value != null) {
          set(updater, setter, value);
        }
      }
    }
    double weightDecay = updater instanceof AdamW ? ADAM_W_WEIGHT_DECAY : 0;
    if (updater.hasLearningRate() && reader.has(WEIGHT_DECAY)) {
      Object value = reader.read(WEIGHT_DECAY, double.class);
      weightDecay = value == null ? 0 : (Double) value;
    }
    reader.finish();
    Optimizer optimizer = new Optimizer(updater, weightDecay);
    return schedule == null ? optimizer : optimizer.withSchedule(schedule);
  }

  private static IUpdater instantiate(Class<? extends IUpdater> type, String className) {
    try {
      return type.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new InvalidArgumentsException(
          ArgumentProblem.CLASS, className, "has no public constructor without parameters");
    }
  }

  private static List<Method> setters(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(m -> m.getName().matches("set[A-Z].*") && m.getParameterCount() == 1)
        .filter(m -> readable(m.getParameterTypes()[0]))
        .filter(m -> !m.getName().equals("setLearningRateSchedule"))
        .sorted(Comparator.comparing(Method::getName))
        .toList();
  }

  private static boolean readable(Class<?> type) {
    return type == double.class
        || type == float.class
        || type == int.class
        || type == long.class
        || type == boolean.class
        || type == String.class
        || type == ISchedule.class
        || type.isEnum();
  }

  private static String key(Method setter) {
    // ND4J calls the schedule momentumISchedule, beside a map of the plain name that it ignores
    return Names.kebab(setter.getName().substring(3)).replace("-ischedule", "-schedule");
  }

  private static void set(IUpdater updater, Method setter, Object value) {
    try {
      setter.invoke(updater, value);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot call " + setter, e);
    } catch (InvocationTargetException e) {
      throw new InvalidArgumentsException(
          key(setter), String.valueOf(value), String.valueOf(e.getCause().getMessage()));
    }
  }
}
