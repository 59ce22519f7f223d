package dev.tandem.jobs.bench;

import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.model.encoder.EncoderEngine;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.TokenBatch;
import dev.tandem.model.pretrained.PretrainedEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Encoding on one thread against ONNX Runtime, with the same weights. */
final class EncodingBenchmark implements Benchmark {

  @Override
  public String name() {
    return "encode-vs-onnxruntime";
  }

  @Override
  public String describe() {
    return "encoding against ONNX Runtime";
  }

  /** Batches to encode. */
  private record Work(String name, List<TokenBatch> batches) {
    int texts() {
      return batches.stream().mapToInt(TokenBatch::texts).sum();
    }
  }

  @Override
  public BenchmarkResult run(BenchmarkContext context) throws IOException {
    context.note().accept(name() + ": loading the model");
    PretrainedEncoder model = MiniLm.load(context.hadoop());
    TextSource source = TextSource.of(context, context.sizes().mixedTexts(), model.tokenizer());
    List<Work> works = works(context, model, source);
    PeerState peer;
    List<Comparison> cases = new ArrayList<>();
    Map<String, Object> details = new LinkedHashMap<>();
    double largest = 0;
    try (Engine engine = new Engine(model, context.config().model());
        OnnxRuntimePeer runtime = runtime()) {
      peer = PeerState.present(OnnxRuntime.NAME, runtime.versions());
      for (Work work : works) {
        try (OnnxRuntimePeer.Batches batches = runtime.new Batches(work.batches())) {
          cases.add(compare(context, work, engine, batches::run));
          largest = Math.max(largest, engine.difference(batches, work.batches().get(0)));
        }
      }
      details.put("largest-difference", largest);
    } catch (PeerException e) {
      peer = PeerState.missing(OnnxRuntime.NAME, e.getMessage());
      cases.clear();
      try (Engine engine = new Engine(model, context.config().model())) {
        for (Work work : works) {
          cases.add(compare(context, work, engine, null));
        }
      }
    }
    ModelConfig config = context.config().model();
    details.put("compute", EncoderEngines.encodingCompute(config.engine(), config.compute()).key());
    details.put("texts", source.origin());
    return new BenchmarkResult(
        name(),
        peer,
        false,
        cases,
        details,
        List.of(
            "Encoding: all-MiniLM-L6-v2 with the same weights on both sides, one thread each,"
                + " batches padded for ONNX Runtime to their longest text. Tandem's time includes"
                + " pooling, the peer's does not.",
            "Mixed lengths: " + source.origin() + ", sorted by length as encode does."));
  }

  private static OnnxRuntimePeer runtime() throws IOException {
    OnnxRuntime.require(EncodingBenchmark.class.getClassLoader());
    return OnnxRuntimePeer.of(MiniLm.onnx(), 1);
  }

  private Comparison compare(BenchmarkContext context, Work work, Engine engine, Contender runtime)
      throws IOException {
    Map<String, Contender> contenders = new LinkedHashMap<>();
    contenders.put("tandem", Contender.timed(() -> work.batches().forEach(engine::encode)));
    if (runtime != null) {
      contenders.put(Peer.NAME, runtime);
    }
    Interleaved.Outcome outcome =
        context.interleaved().run(name() + ": " + work.name(), contenders);
    if (!outcome.failures().isEmpty()) {
      throw new PeerException(outcome.failures().get(Peer.NAME));
    }
    return new Comparison(
        work.name(),
        "texts",
        new Side(work.texts(), outcome.samples().get("tandem")),
        Optional.ofNullable(outcome.samples().get(Peer.NAME))
            .map(sample -> new Side(work.texts(), sample)));
  }

  private static List<Work> works(
      BenchmarkContext context, PretrainedEncoder model, TextSource source) {
    Random random = new Random(context.config().seed());
    List<Work> works = new ArrayList<>();
    for (int batch : context.sizes().encodeBatches()) {
      for (int length : context.sizes().encodeLengths()) {
        int[][] texts = RandomWeights.texts(model.architecture(), batch, length, random);
        works.add(
            new Work(
                "%d texts of %d tokens, 1 thread".formatted(batch, length),
                List.of(TokenBatch.of(List.of(texts)))));
      }
    }
    int longest =
        Math.min(
            context.config().data().all().passageMaxLength(), model.architecture().maxPositions());
    List<int[]> mixed = new ArrayList<>(source.tokens(model.tokenizer(), longest));
    mixed.sort(Comparator.comparingInt((int[] text) -> text.length).reversed());
    for (int batch : context.sizes().encodeBatches()) {
      List<TokenBatch> batches = new ArrayList<>();
      for (int from = 0; from < mixed.size(); from += batch) {
        batches.add(TokenBatch.of(mixed.subList(from, Math.min(mixed.size(), from + batch))));
      }
      works.add(
          new Work(
              String.format(
                  Locale.ROOT,
                  "%d texts at a time, mixed lengths (mean %.0f tokens), 1 thread",
                  batch,
                  mixed.stream().mapToInt(text -> text.length).average().orElseThrow()),
              batches));
    }
    return works;
  }

  /** Tandem's engine with the model's parameters. */
  private static final class Engine implements AutoCloseable {
    private final EncoderEngine engine;
    private final INDArray parameters;
    private final int hidden;

    Engine(PretrainedEncoder model, ModelConfig config) {
      engine =
          EncoderEngines.create(
              config.engine(),
              model.architecture(),
              model.pooling(),
              EncoderEngines.encodingCompute(config.engine(), config.compute()));
      parameters = Nd4j.createFromArray(model.parameters());
      engine.hold(parameters);
      hidden = model.architecture().hiddenSize();
    }

    void encode(TokenBatch batch) {
      embeddings(batch).close();
    }

    private INDArray embeddings(TokenBatch batch) {
      INDArray embeddings = Nd4j.createUninitializedDetached(DataType.FLOAT, batch.texts(), hidden);
      engine.encode(parameters, batch, embeddings);
      return embeddings;
    }

    /** Largest difference of a component of an embedding between both sides. */
    double difference(OnnxRuntimePeer.Batches batches, TokenBatch batch) throws PeerException {
      float[][] theirs = batches.firstEmbeddings(batch);
      double largest = 0;
      try (INDArray embeddings = embeddings(batch)) {
        float[][] ours = embeddings.toFloatMatrix();
        for (int text = 0; text < ours.length; text++) {
          for (int i = 0; i < hidden; i++) {
            largest = Math.max(largest, Math.abs(ours[text][i] - theirs[text][i]));
          }
        }
      }
      return largest;
    }

    @Override
    public void close() {
      engine.close();
      parameters.close();
    }
  }
}
