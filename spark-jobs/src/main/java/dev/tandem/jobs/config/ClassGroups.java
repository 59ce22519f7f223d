package dev.tandem.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.tandem.model.optimize.ArgumentProblem;
import dev.tandem.model.optimize.InvalidArgumentsException;
import dev.tandem.model.optimize.ScheduleFactory;
import dev.tandem.model.optimize.UpdaterFactory;

/**
 * The groups with a class and its arguments, {@code train.optimizer} and {@code train.schedule}.
 * Each is one value: where the user names another class than the default, the default's arguments
 * do not belong to it.
 */
final class ClassGroups {
  private static final String CLASS = "class";

  private ClassGroups() {}

  /**
   * A configuration without the arguments of default classes that the user replaced.
   *
   * @param resolved the user's configuration over the defaults
   * @param reference the defaults
   */
  static Config dropForeignDefaults(Config resolved, Config reference, KeySchema schema) {
    Config result = resolved;
    for (Key key : schema.keys().values()) {
      if (key.kind() == Key.Kind.CLASS
          && resolved.hasPath(key.path())
          && resolved.getValue(key.path()) instanceof ConfigObject group
          && group.get(CLASS) != null
          && !group.get(CLASS).equals(reference.getValue(key.path() + "." + CLASS))) {
        ConfigObject own = group;
        for (var argument : group.entrySet()) {
          own = isDefault(argument.getValue()) ? own.withoutKey(argument.getKey()) : own;
        }
        result = result.withoutPath(key.path()).withValue(key.path(), own);
      }
    }
    return result;
  }

  private static boolean isDefault(ConfigValue value) {
    return Origins.show(value.origin()).equals(Origins.DEFAULT);
  }

  /** Adds what the classes say about their arguments. */
  static void check(TrainConfig train, Problems problems) {
    try {
      UpdaterFactory.create(train.optimizer().className(), train.optimizer().arguments(), null);
    } catch (InvalidArgumentsException e) {
      add("train.optimizer.", e, problems);
    }
    try {
      // The number of steps is known only when training starts; here it may be anything.
      ScheduleFactory.create(
          train.schedule().className(), train.schedule().arguments(), 1e-3, Integer.MAX_VALUE);
    } catch (InvalidArgumentsException e) {
      add("train.schedule.", e, problems);
    }
  }

  private static void add(String group, InvalidArgumentsException e, Problems problems) {
    for (ArgumentProblem problem : e.problems()) {
      problems.add(group + problem.key(), problem.message());
    }
  }
}
