package dev.tandem.jobs.bench;

import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.EncoderEngine;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.OneDnnProduct;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.encoder.TokenBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How much of the machine's float32 matrix-product speed the encoder's forward pass and training
 * step reach, on one thread. Only the operations of matrix products count as work.
 */
final class RooflineBenchmark implements Benchmark {
  private static final String OPEN_BLAS = "sgemm of OpenBLAS";
  private static final String ONE_DNN = "sgemm of oneDNN";
  private static final String FORWARD = "forward";
  private static final String STEP = "step";

  @Override
  public String name() {
    return "roofline";
  }

  @Override
  public String describe() {
    return "the encoder's GFLOP/s over those of a matrix product";
  }

  @Override
  public BenchmarkResult run(BenchmarkContext context) throws IOException {
    BenchSizes sizes = context.sizes();
    EncoderArchitecture architecture = sizes.architecture();
    int length = sizes.passageLength();
    Random random = new Random(context.config().seed());
    TokenBatch passages =
        TokenBatch.of(List.of(RandomWeights.texts(architecture, sizes.pairs(), length, random)));
    List<int[]> texts =
        new ArrayList<>(List.of(RandomWeights.texts(architecture, sizes.pairs(), length, random)));
    texts.addAll(
        List.of(RandomWeights.texts(architecture, sizes.pairs(), sizes.queryLength(), random)));
    TokenBatch all = TokenBatch.of(texts);
    Map<String, Contender> contenders = new LinkedHashMap<>();
    Interleaved.Outcome outcome;
    double limitWork;
    ModelConfig model = context.config().model();
    Compute encoding = EncoderEngines.encodingCompute(model.engine(), model.compute());
    Compute training = EncoderEngines.trainingCompute(model.engine(), model.compute());
    try (EncoderEngine encoder =
            EncoderEngines.create(model.engine(), architecture, Pooling.MEAN, encoding);
        EncoderEngine trainer =
            EncoderEngines.create(model.engine(), architecture, Pooling.MEAN, training);
        MatrixProduct product = new MatrixProduct(sizes.gemm());
        INDArray parameters =
            Nd4j.createFromArray(RandomWeights.of(architecture, context.config().seed()));
        INDArray gradient = Nd4j.createUninitializedDetached(DataType.FLOAT, parameters.length());
        INDArray embeddings = rows(passages, architecture);
        INDArray all64 = rows(all, architecture);
        INDArray errors = rows(all, architecture)) {
      errors.assign(0.01);
      contenders.put(OPEN_BLAS, Contender.timed(product::runOpenBlas));
      if (OneDnnProduct.available()) {
        contenders.put(ONE_DNN, Contender.timed(product::runOneDnn));
      }
      contenders.put(
          FORWARD, Contender.timed(() -> encoder.encode(parameters, passages, embeddings)));
      contenders.put(
          STEP,
          Contender.timed(
              () -> {
                trainer.forward(parameters, all, all64);
                trainer.backward(parameters, errors, gradient);
              }));
      outcome = context.interleaved().run(name(), contenders);
      limitWork = product.gigaFlop();
    }
    String fastest = fastest(outcome.samples());
    Side limit = new Side(limitWork, outcome.samples().get(fastest));
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("sgemm-gflops", limit.rate());
    details.put("sgemm-size", sizes.gemm());
    for (String library : List.of(OPEN_BLAS, ONE_DNN)) {
      Sample sample = outcome.samples().get(library);
      if (sample != null) {
        details.put(library + ", gflops", new Side(limitWork, sample).rate());
      }
    }
    double forward = 1e-9 * EncoderWork.forward(architecture, sizes.pairs(), length);
    double step =
        1e-9
            * (EncoderWork.step(architecture, sizes.pairs(), length)
                + EncoderWork.step(architecture, sizes.pairs(), sizes.queryLength()));
    String shape = "%d x %d".formatted(sizes.pairs(), length);
    List<Comparison> cases =
        List.of(
            compare(
                "forward %s in %s, 1 thread".formatted(shape, encoding.key()),
                forward,
                outcome.samples().get(FORWARD),
                limit),
            compare(
                "forward and backward %s and %d x %d in %s, 1 thread"
                    .formatted(shape, sizes.pairs(), sizes.queryLength(), training.key()),
                step,
                outcome.samples().get(STEP),
                limit));
    return new BenchmarkResult(
        name(),
        PeerState.present(fastest, Map.of()),
        true,
        cases,
        details,
        List.of(
            "Roofline: GFLOP/s of the encoder's matrix products over those of a float32 matrix"
                + " product of size "
                + sizes.gemm()
                + " on one thread by the faster of OpenBLAS and oneDNN ("
                + fastest
                + "), here as the ratio; bfloat16 can exceed 1."));
  }

  /** The library of the faster matrix product. */
  private static String fastest(Map<String, Sample> samples) {
    Sample oneDnn = samples.get(ONE_DNN);
    return oneDnn != null && oneDnn.median() < samples.get(OPEN_BLAS).median()
        ? ONE_DNN
        : OPEN_BLAS;
  }

  private static Comparison compare(String name, double work, Sample sample, Side limit) {
    return new Comparison(name, "GFLOP", new Side(work, sample), Optional.of(limit));
  }

  private static INDArray rows(TokenBatch batch, EncoderArchitecture architecture) {
    return Nd4j.createUninitializedDetached(
        DataType.FLOAT, batch.texts(), architecture.hiddenSize());
  }
}
