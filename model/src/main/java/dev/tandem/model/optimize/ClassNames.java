package dev.tandem.model.optimize;

import java.lang.reflect.Modifier;
import java.util.List;
import java.util.TreeSet;

/**
 * Finds classes of one type by short or full name.
 *
 * @param what what the type is called in messages
 * @param type the supertype
 * @param known classes with short names
 * @param others further short names, for suggestions
 */
record ClassNames<T>(
    String what, Class<T> type, List<Class<? extends T>> known, List<String> others) {

  /**
   * The class of a name.
   *
   * @throws InvalidArgumentsException if there is none, or it is not of the type or abstract
   */
  Class<? extends T> resolve(String name) {
    for (Class<? extends T> candidate : known) {
      if (candidate.getSimpleName().equals(name) || candidate.getName().equals(name)) {
        return candidate;
      }
    }
    if (name.indexOf('.') < 0) {
      TreeSet<String> names = new TreeSet<>(others);
      known.forEach(c -> names.add(c.getSimpleName()));
      throw new InvalidArgumentsException(
          ArgumentProblem.CLASS,
          name,
          "no " + what + " of this name; " + Names.suggestion(name, names));
    }
    Class<?> found;
    try {
      found = Class.forName(name, true, contextClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new InvalidArgumentsException(
          ArgumentProblem.CLASS, name, "no such class on the class path");
    }
    if (!type.isAssignableFrom(found) || Modifier.isAbstract(found.getModifiers())) {
      throw new InvalidArgumentsException(
          ArgumentProblem.CLASS, name, "not an implementation of " + type.getName());
    }
    return found.asSubclass(type);
  }

  private static ClassLoader contextClassLoader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? ClassNames.class.getClassLoader() : context;
  }
}
