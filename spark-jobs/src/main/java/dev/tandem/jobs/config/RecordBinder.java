package dev.tandem.jobs.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes the configuration records from HOCON values by reflection over their components. A value
 * that is not valid becomes a problem, and the default takes its place.
 */
final class RecordBinder {
  private final KeySchema schema;
  private final ConfigObject defaults;
  private final Problems problems;

  /**
   * A binder.
   *
   * @param schema what is valid
   * @param defaults the resolved defaults, which must be valid themselves
   * @param problems collects what is wrong
   */
  RecordBinder(KeySchema schema, ConfigObject defaults, Problems problems) {
    this.schema = schema;
    this.defaults = defaults;
    this.problems = problems;
  }

  /** Makes the whole configuration from a resolved object. */
  TandemConfig bind(ConfigObject root) {
    return (TandemConfig) record("", TandemConfig.class, root, defaults);
  }

  private Object record(
      String group, Class<?> type, ConfigObject values, ConfigObject defaultValues) {
    if (type == DataConfig.class) {
      return data(values, defaultValues);
    }
    RecordComponent[] components = type.getRecordComponents();
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      arguments[i] = component(group, components[i], values, defaultValues);
    }
    return construct(type, components, arguments);
  }

  private Object component(
      String group, RecordComponent component, ConfigObject values, ConfigObject defaultValues) {
    String name = KeySchema.name(component);
    String path = group.isEmpty() ? name : group + "." + name;
    Key key = schema.keys().get(path);
    if (key == null) {
      ConfigObject fallback = (ConfigObject) defaultValues.get(name);
      ConfigObject given = values.get(name) instanceof ConfigObject object ? object : fallback;
      return record(path, component.getType(), given, fallback);
    }
    ConfigValue given = values.get(name);
    ConfigValue fallback = defaultValues.get(name);
    try {
      return value(key, component.getType(), given == null ? fallback : given);
    } catch (InvalidValueException e) {
      if (given == null || given == fallback) {
        throw new IllegalStateException("The default of " + path + ": " + e.getMessage(), e);
      }
      problems.add(
          new Problem(path, Values.show(given), Origins.show(given.origin()), e.getMessage()));
      return value(key, component.getType(), fallback);
    }
  }

  /** The group data: what train and validation leave out, they take from data itself. */
  private DataConfig data(ConfigObject values, ConfigObject defaultValues) {
    DatasetConfig all = (DatasetConfig) record("data", DatasetConfig.class, values, defaultValues);
    return new DataConfig(
        all,
        inheriting("data.train", all, values.get("train")),
        inheriting("data.validation", all, values.get("validation")));
  }

  private DatasetConfig inheriting(String path, DatasetConfig all, ConfigValue given) {
    RecordComponent[] components = DatasetConfig.class.getRecordComponents();
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      Object inherited = get(components[i], all);
      String name = KeySchema.name(components[i]);
      ConfigValue own = given instanceof ConfigObject object ? object.get(name) : null;
      arguments[i] = inherited;
      if (own != null) {
        Key key = schema.keys().get(path + "." + name);
        try {
          arguments[i] = value(key, components[i].getType(), own);
        } catch (InvalidValueException e) {
          problems.add(
              new Problem(
                  key.path(), Values.show(own), Origins.show(own.origin()), e.getMessage()));
        }
      }
    }
    return (DatasetConfig) construct(DatasetConfig.class, components, arguments);
  }

  private static Object value(Key key, Class<?> type, ConfigValue value) {
    if (value.valueType() == ConfigValueType.NULL) {
      if (key.unset()) {
        return null;
      }
      throw invalid(key);
    }
    return switch (key.kind()) {
      case TEXT -> word(key, value);
      case INTEGER -> integer(key, type, value);
      case NUMBER -> inRange(key, number(key, value)).doubleValue();
      case BOOLEAN -> truth(key, value);
      case TEXTS -> texts(key, value);
      case PROPERTIES -> properties(key, value);
      case CLASS -> classAndArguments(key, value);
    };
  }

  private static String word(Key key, ConfigValue value) {
    String text = scalar(key, value);
    if (key.words() != null && !Arrays.asList(key.words().value()).contains(text)) {
      String nearest = NearestName.of(text, Arrays.asList(key.words().value()));
      throw new InvalidValueException(
          "must be "
              + key.expectation()
              + (nearest == null ? "" : "; did you mean " + nearest + "?"));
    }
    return text;
  }

  private static Object integer(Key key, Class<?> type, ConfigValue value) {
    BigDecimal number = number(key, value);
    boolean isLong = type == long.class || type == Long.class;
    try {
      long whole = isLong ? number.longValueExact() : number.intValueExact();
      inRange(key, number);
      return isLong ? (Object) whole : (Object) (int) whole;
    } catch (ArithmeticException e) {
      throw invalid(key);
    }
  }

  private static BigDecimal number(Key key, ConfigValue value) {
    try {
      return new BigDecimal(scalar(key, value).strip());
    } catch (NumberFormatException e) {
      throw invalid(key);
    }
  }

  private static BigDecimal inRange(Key key, BigDecimal number) {
    double value = number.doubleValue();
    if (Double.isInfinite(value)
        || (key.range() != null && !(value >= key.range().min() && value <= key.range().max()))) {
      throw invalid(key);
    }
    return number;
  }

  private static boolean truth(Key key, ConfigValue value) {
    return switch (scalar(key, value)) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> throw invalid(key);
    };
  }

  private static List<String> texts(Key key, ConfigValue value) {
    if (!(value instanceof ConfigList list)) {
      throw invalid(key);
    }
    List<String> texts = new ArrayList<>();
    for (ConfigValue element : list) {
      texts.add(scalar(key, element));
    }
    return List.copyOf(texts);
  }

  private static Map<String, String> properties(Key key, ConfigValue value) {
    if (!(value instanceof ConfigObject object)) {
      throw invalid(key);
    }
    Map<String, String> properties = new TreeMap<>();
    collect("", object, properties, key);
    return properties;
  }

  private static void collect(
      String prefix, ConfigObject object, Map<String, String> properties, Key key) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      String name = prefix + entry.getKey();
      if (entry.getValue() instanceof ConfigObject nested) {
        collect(name + ".", nested, properties, key);
      } else if (entry.getValue() instanceof ConfigList
          || entry.getValue().valueType() == ConfigValueType.NULL) {
        throw new InvalidValueException("the property " + name + " must be a text or a number");
      } else {
        // The same property in both spellings, nested and quoted: the quoted one is the later.
        properties.merge(name, Values.text(entry.getValue()), (a, b) -> prefix.isEmpty() ? b : a);
      }
    }
  }

  private static ClassConfig classAndArguments(Key key, ConfigValue value) {
    if (!(value instanceof ConfigObject object)) {
      throw invalid(key);
    }
    ConfigValue name = object.get("class");
    if (name == null || name.valueType() != ConfigValueType.STRING) {
      throw new InvalidValueException("needs class, the name of a class");
    }
    Map<String, Object> arguments = new LinkedHashMap<>(object.unwrapped());
    arguments.remove("class");
    return new ClassConfig((String) name.unwrapped(), new TreeMap<>(arguments));
  }

  private static String scalar(Key key, ConfigValue value) {
    return switch (value.valueType()) {
      case STRING, NUMBER, BOOLEAN -> Values.text(value);
      default -> throw invalid(key);
    };
  }

  private static InvalidValueException invalid(Key key) {
    return new InvalidValueException("must be " + key.expectation());
  }

  private static Object get(RecordComponent component, Object record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read " + component, e);
    }
  }

  private static Object construct(Class<?> type, RecordComponent[] components, Object[] arguments) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new);
    try {
      return type.getDeclaredConstructor(types).newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot make a " + type.getName(), e);
    }
  }

  /** A value that its key does not take; the message says what is valid. */
  private static final class InvalidValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidValueException(String message) {
      super(message);
    }
  }
}
