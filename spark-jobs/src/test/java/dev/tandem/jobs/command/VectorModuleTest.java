package dev.tandem.jobs.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.failure.TandemException;
import org.junit.jupiter.api.Test;

class VectorModuleTest {
  @Test
  void theOptionComesBehindTheProgramAndWordsStayWhole() {
    assertThat(VectorModule.withModule("java\0-cp\0a b\0Main\0\0key=two words\0"))
        .containsExactly(
            "java",
            "--add-modules=jdk.incubator.vector",
            "-Dtandem.started.again=true",
            "-cp",
            "a b",
            "Main",
            "",
            "key=two words");
  }

  @Test
  void whereSparkSubmitIsNotTheProgramTheOptionIsNamed() {
    assertThatThrownBy(VectorModule::startAgain)
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("--driver-java-options --add-modules=jdk.incubator.vector");
  }
}
