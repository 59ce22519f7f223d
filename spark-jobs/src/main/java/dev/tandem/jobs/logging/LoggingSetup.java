package dev.tandem.jobs.logging;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.properties.PropertiesConfigurationBuilder;

/**
 * Sets up log4j, which Spark brings and logs through: Tandem's messages readable, the libraries'
 * only where something is wrong.
 */
public final class LoggingSetup {
  /**
   * Beside this class; submit/tandem names the same file to the JVM, for what is logged earlier.
   */
  private static final String FILE = "log4j2.properties";

  private static final List<String> OWN_CONFIGURATION =
      List.of("log4j2.configurationFile", "log4j.configurationFile");

  private LoggingSetup() {}

  /**
   * Takes the set-up beside this class, unless the JVM was started with one of the user's own
   * ({@code -Dlog4j2.configurationFile=...}).
   *
   * @param level error, warn, info or debug: of Tandem's own messages
   * @param verbose whether to show exceptions with their stack traces, and the libraries' warnings
   */
  public static void apply(String level, boolean verbose) {
    if (hasOwnConfiguration() || !(LogManager.getContext(false) instanceof LoggerContext context)) {
      return;
    }
    Properties properties = new Properties();
    try (InputStream in = LoggingSetup.class.getResourceAsStream(FILE)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    properties.setProperty("logger.tandem.level", level.toLowerCase(Locale.ROOT));
    if (verbose) {
      properties.setProperty("appender.console.layout.pattern", "%d{HH:mm:ss} %-5p %c{1}: %m%n%ex");
      properties.stringPropertyNames().stream()
          .filter(name -> name.matches("logger\\..*\\.level") && !name.contains("tandem"))
          .forEach(name -> properties.setProperty(name, "warn"));
    }
    Configurator.reconfigure(
        new PropertiesConfigurationBuilder()
            .setConfigurationSource(ConfigurationSource.NULL_SOURCE)
            .setRootProperties(properties)
            .setLoggerContext(context)
            .build());
  }

  private static boolean hasOwnConfiguration() {
    String ours = LoggingSetup.class.getPackageName().replace('.', '/') + "/" + FILE;
    return OWN_CONFIGURATION.stream()
        .map(System::getProperty)
        .anyMatch(file -> file != null && !file.replace('\\', '/').endsWith(ours));
  }
}
