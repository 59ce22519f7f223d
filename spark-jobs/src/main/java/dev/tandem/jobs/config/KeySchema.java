package dev.tandem.jobs.config;

import dev.tandem.jobs.config.Key.Kind;
import java.lang.reflect.RecordComponent;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The keys and groups that the records define, by full name in the order of the records. */
final class KeySchema {
  /** The schema of Tandem's configuration. */
  static final KeySchema TANDEM = new KeySchema(TandemConfig.class);

  private final Map<String, Key> keys = new LinkedHashMap<>();
  private final Map<String, List<String>> groups = new LinkedHashMap<>();

  private KeySchema(Class<? extends Record> root) {
    addGroup("", root);
  }

  private void addGroup(String path, Class<?> type) {
    groups.put(path, new java.util.ArrayList<>());
    addComponents(path, type);
  }

  private void addComponents(String group, Class<?> type) {
    for (RecordComponent component : type.getRecordComponents()) {
      if (type == DataConfig.class && component.getName().equals("all")) {
        addComponents(group, component.getType()); // the keys of data itself
        continue;
      }
      String name = name(component);
      String path = group.isEmpty() ? name : group + "." + name;
      groups.get(group).add(name);
      Kind kind = kind(component.getType());
      if (kind == null) {
        addGroup(path, component.getType());
      } else {
        keys.put(
            path,
            new Key(
                path,
                kind,
                component.isAnnotationPresent(Unset.class),
                component.getAnnotation(Range.class),
                component.getAnnotation(OneOf.class)));
      }
    }
  }

  private static Kind kind(Class<?> type) {
    if (type == String.class) {
      return Kind.TEXT;
    } else if (type == int.class
        || type == long.class
        || type == Integer.class
        || type == Long.class) {
      return Kind.INTEGER;
    } else if (type == double.class || type == Double.class) {
      return Kind.NUMBER;
    } else if (type == boolean.class || type == Boolean.class) {
      return Kind.BOOLEAN;
    } else if (type == List.class) {
      return Kind.TEXTS;
    } else if (type == Map.class) {
      return Kind.PROPERTIES;
    } else if (type == ClassConfig.class) {
      return Kind.CLASS;
    } else if (type.isRecord()) {
      return null;
    }
    throw new IllegalStateException("Configuration records cannot hold a " + type.getName());
  }

  /** A component's name as a key: kebab-case. */
  static String name(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /** All keys by full name. */
  Map<String, Key> keys() {
    return Collections.unmodifiableMap(keys);
  }

  /** The names in a group; null where the path is no group. */
  List<String> group(String path) {
    return groups.get(path);
  }

  /** The key of kind CLASS or PROPERTIES that a path lies under; null where there is none. */
  Key openKeyAbove(String path) {
    for (int dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      Key key = keys.get(path.substring(0, dot));
      if (key != null) {
        return key.kind() == Kind.CLASS || key.kind() == Kind.PROPERTIES ? key : null;
      }
    }
    return null;
  }
}
