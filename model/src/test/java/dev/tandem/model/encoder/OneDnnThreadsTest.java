package dev.tandem.model.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Products start no threads of their own, whatever {@code OMP_NUM_THREADS} says. A thread of OpenMP
 * bears the name of the one that started it, so there would be two of a name.
 */
class OneDnnThreadsTest {

  private static final Path TASKS = Path.of("/proc/self/task");
  private static final int SIZE = 512;

  @BeforeAll
  static void threadsCanBeCounted() {
    assumeTrue(Files.isDirectory(TASKS), "threads are counted in /proc");
    assumeTrue(OneDnn.present(), "there is no oneDNN for this platform");
  }

  private static long threadsNamed(String name) throws IOException {
    long count = 0;
    List<Path> tasks;
    try (Stream<Path> list = Files.list(TASKS)) {
      tasks = list.toList();
    }
    for (Path task : tasks) {
      try {
        count += Files.readString(task.resolve("comm")).strip().equals(name) ? 1 : 0;
      } catch (NoSuchFileException e) {
        // It has ended meanwhile
      }
    }
    return count;
  }

  /** Runs in a fresh thread that OpenMP may start a second one for, and counts them. */
  private static long threads(String name, Runnable work) throws Exception {
    ExecutorService executor =
        Executors.newSingleThreadExecutor(runnable -> new Thread(runnable, name));
    Callable<Long> task =
        () -> {
          NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(2);
          work.run();
          return threadsNamed(name);
        };
    try {
      return executor.submit(task).get();
    } finally {
      executor.shutdown();
    }
  }

  private static void multiply(Scratch scratch, boolean guarded) {
    FloatMemory a = scratch.allocate("test", SIZE * SIZE);
    FloatMemory b = scratch.allocate("test", SIZE * SIZE);
    FloatMemory c = scratch.allocate("test", SIZE * SIZE);
    a.clear();
    b.clear();
    if (guarded) {
      Blas.multiply(
          SIZE,
          SIZE,
          SIZE,
          1,
          new Blas.Matrix(a, 0, SIZE),
          new Blas.Matrix(b, 0, SIZE),
          0,
          new Blas.Matrix(c, 0, SIZE));
    } else {
      dnnl.dnnl_sgemm(
          (byte) 'N',
          (byte) 'N',
          SIZE,
          SIZE,
          SIZE,
          1,
          a.asLeft(0),
          SIZE,
          b.asRight(0),
          SIZE,
          0,
          c.asResult(0),
          SIZE);
    }
  }

  @Test
  void countingSeesTheThreadsThatAProductWouldStart() throws Exception {
    try (Scratch scratch = new Scratch()) {
      assertThat(threads("omp-free", () -> multiply(scratch, false))).isEqualTo(2);
    }
  }

  @Test
  void float32ProductsRunInTheCallingThread() throws Exception {
    try (Scratch scratch = new Scratch()) {
      assertThat(threads("omp-f32", () -> multiply(scratch, true))).isEqualTo(1);
    }
  }

  @Test
  void bfloat16ProductsRunInTheCallingThread() throws Exception {
    BrainFloat.assumePresent();
    EncoderArchitecture encoder = EncoderEngineContract.SMALL;
    INDArray parameters = EncoderEngineContract.toArray(EncoderEngineContract.parameters(encoder));
    TokenBatch batch = EncoderEngineContract.batch(encoder, 70, 70, 70, 70, 70);
    try (EncoderEngine engine =
        EncoderEngines.create("cpu", encoder, Pooling.MEAN, Compute.BFLOAT16)) {
      INDArray embeddings = Nd4j.create(5, encoder.hiddenSize());
      assertThat(threads("omp-bf16", () -> engine.forward(parameters, batch, embeddings)))
          .isEqualTo(1);
    }
  }
}
