package dev.tandem.jobs.logging;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoggingSetupTest {
  @AfterEach
  void backToNormal() {
    LoggingSetup.apply("info", false);
  }

  @Test
  void tandemSpeaksAtTheLevelGivenAndTheLibrariesOnlyOfFaults() {
    LoggingSetup.apply("info", false);

    assertThat(level("dev.tandem.jobs.train")).isEqualTo(Level.INFO);
    assertThat(level("org.apache.spark.storage.memory.MemoryStore")).isEqualTo(Level.WARN);
    assertThat(level("org.apache.spark.storage.BlockManager")).isEqualTo(Level.ERROR);
    assertThat(level("org.apache.spark.executor.Executor")).isEqualTo(Level.OFF);
    assertThat(level("org.nd4j.linalg.factory.Nd4jBackend")).isEqualTo(Level.ERROR);
  }

  @Test
  void verboseShowsWarningsOfTheLibrariesToo() {
    LoggingSetup.apply("debug", true);

    assertThat(level("dev.tandem.jobs.train")).isEqualTo(Level.DEBUG);
    assertThat(level("org.apache.spark.executor.Executor")).isEqualTo(Level.WARN);
  }

  private static Level level(String logger) {
    return LogManager.getLogger(logger).getLevel();
  }
}
