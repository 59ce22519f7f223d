package dev.tandem.jobs.logging;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.properties.PropertiesConfigurationFactory;

/** Sets up log4j, which Spark brings and logs through: Tandem readable, the libraries quiet. */
public final class LoggingSetup {
  private static final String OWN_CONFIGURATION = "log4j2.configurationFile";
  private static final String TANDEM = "dev.tandem";

  private LoggingSetup() {}

  /**
   * Takes the set-up beside this class, unless the JVM was started with one of the user's own
   * ({@code -Dlog4j2.configurationFile=...}).
   *
   * @param level error, warn, info or debug: of Tandem's own messages
   */
  public static void apply(String level) {
    if (System.getProperty(OWN_CONFIGURATION) == null
        && System.getProperty("log4j.configurationFile") == null
        && LogManager.getContext(false) instanceof LoggerContext context) {
      try (InputStream in = LoggingSetup.class.getResourceAsStream("log4j2.properties")) {
        Configurator.reconfigure(
            new PropertiesConfigurationFactory()
                .getConfiguration(context, new ConfigurationSource(in)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    Configurator.setLevel(TANDEM, Level.valueOf(level.toUpperCase(Locale.ROOT)));
  }
}
