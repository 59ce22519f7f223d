package dev.tandem.jobs.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4jBackend.NoAvailableBackendException;

class FailureTest {
  @Test
  void theCudaBuildWithoutADriverSaysSo() {
    Throwable thrown =
        new ExceptionInInitializerError(
            new RuntimeException(
                new NoAvailableBackendException(
                    new UnsatisfiedLinkError(
                        "jnicudart.so: libcuda.so.1: cannot open shared object file"))));

    Failure failure = Failure.of(thrown);

    assertThat(failure.exitStatus()).isEqualTo(1);
    assertThat(failure.expected()).isTrue();
    assertThat(failure.message())
        .startsWith(
            "This is the CUDA build of Tandem and no NVIDIA driver (libcuda.so.1) was found")
        .contains("without -Pcuda");
  }

  @Test
  void noBackendAtAllNamesThePlatform() {
    assertThat(
            Failure.of(new ExecutionException(new NoAvailableBackendException("none"))).message())
        .startsWith(
            "ND4J found no native library for this machine (" + System.getProperty("os.name"));
  }

  @Test
  void aClassThatCouldNotBeInitializedBeforeNamesTheReasonToo() {
    assertThat(
            Failure.of(
                    new NoClassDefFoundError(
                        "Could not initialize class org.nd4j.linalg.factory.Nd4j"))
                .message())
        .startsWith("ND4J found no native library for this machine");
  }

  @Test
  void outOfMemorySaysWhereMoreIsGiven() {
    Failure failure = Failure.of(new ExecutionException(new OutOfMemoryError("Java heap space")));

    assertThat(failure.exitStatus()).isEqualTo(1);
    assertThat(failure.message()).contains("Java heap space", "TANDEM_DRIVER_MEMORY");
  }

  @Test
  void aCycleOfCausesEnds() {
    Exception first = new IllegalStateException("first");
    Exception second = new IllegalStateException("second", first);
    first.initCause(second);

    assertThat(Failure.of(first).message()).isEqualTo("IllegalStateException: first");
  }
}
