package dev.tandem.jobs.bench;

import static dev.tandem.jobs.bench.BenchmarkContext.threads;

import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderEngines;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Training steps against PyTorch. Several threads are for Tandem as many workers, each with a batch
 * of its own, as on a host with as many task slots; for PyTorch they are threads within one batch.
 * Pairs a second are compared.
 */
final class TrainingBenchmark implements Benchmark {
  private final boolean mixed;

  /**
   * @param mixed whether passages have the lengths of real ones, or all the same
   */
  TrainingBenchmark(boolean mixed) {
    this.mixed = mixed;
  }

  @Override
  public String name() {
    return mixed ? "train-mixed-vs-pytorch" : "train-vs-pytorch";
  }

  @Override
  public String describe() {
    return mixed
        ? "training steps with passages of mixed lengths against PyTorch"
        : "training steps against PyTorch";
  }

  @Override
  public BenchmarkResult run(BenchmarkContext context) throws IOException {
    BenchSizes sizes = context.sizes();
    PairLengths lengths = lengths(context);
    ModelConfig model = context.config().model();
    Compute compute = EncoderEngines.trainingCompute(model.engine(), model.compute());
    List<Comparison> cases = new ArrayList<>();
    PeerState peer = PeerState.missing(TrainingPeer.NAME, "not started");
    List<Integer> counts = context.threads() == 1 ? List.of(1) : List.of(1, context.threads());
    for (int threads : counts) {
      String what = "%s in %s, %s".formatted(lengths.name(), compute.key(), threads(threads));
      Map<String, Contender> contenders = new LinkedHashMap<>();
      try (Workers workers = new Workers(context, lengths, threads);
          Peer process = Peer.start(() -> TrainingPeer.start(context, lengths, threads))) {
        contenders.put("tandem", Contender.timed(workers::step));
        process.addTo(contenders);
        Interleaved.Outcome outcome = context.interleaved().run(name() + ": " + what, contenders);
        cases.add(
            new Comparison(
                what,
                "pairs",
                new Side((double) threads * lengths.pairs(), outcome.samples().get("tandem")),
                Optional.ofNullable(outcome.samples().get(Peer.NAME))
                    .map(sample -> new Side(lengths.pairs(), sample))));
        peer = process.state(TrainingPeer.NAME, outcome, peer);
      }
    }
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("queue", sizes.queue());
    details.put("architecture", String.valueOf(sizes.architecture()));
    return new BenchmarkResult(name(), peer, false, cases, details, notes(sizes, lengths, compute));
  }

  private PairLengths lengths(BenchmarkContext context) throws IOException {
    BenchSizes sizes = context.sizes();
    if (!mixed) {
      return PairLengths.equal(sizes.pairs(), sizes.queryLength(), sizes.passageLength());
    }
    byte[] tokenizer = MiniLm.load(context.hadoop()).tokenizer();
    int longest =
        Math.min(
            context.config().data().all().passageMaxLength(), sizes.architecture().maxPositions());
    TextSource texts = TextSource.of(context, sizes.mixedTexts(), tokenizer);
    return PairLengths.mixed(
        sizes.pairs(),
        sizes.queryLength(),
        texts.tokens(tokenizer, longest).stream().map(text -> text.length).toList(),
        texts.origin());
  }

  private List<String> notes(BenchSizes sizes, PairLengths lengths, Compute compute) {
    List<String> notes = new ArrayList<>();
    notes.add(
        "Training: forward, InfoNCE over batch and a queue of "
            + sizes.queue()
            + ", backward, clipping of the gradient and AdamW; random weights, float32 parameters,"
            + " no dropout on either side. Tandem's linear layers multiply "
            + compute.key()
            + ", PyTorch computes in float32.");
    notes.add(
        "Training with several threads: Tandem runs a worker a thread, each with a batch of its"
            + " own; PyTorch runs one batch on all of them.");
    if (mixed) {
      notes.add(
          "Training with mixed lengths: passages are as long as those of "
              + lengths.origin()
              + ", in their order; padded for PyTorch to the longest of a batch, while Tandem does"
              + " not pad.");
    }
    return notes;
  }

  /** Workers in threads of their own, which all make a step at the same time. */
  private static final class Workers implements AutoCloseable {
    private final List<TrainingWorker> workers = new ArrayList<>();
    private final ExecutorService pool;

    Workers(BenchmarkContext context, PairLengths lengths, int count) {
      pool = Executors.newFixedThreadPool(count, work -> daemon(work));
      for (int i = 0; i < count; i++) {
        workers.add(
            new TrainingWorker(
                context.sizes(), lengths, context.config().model(), context.config().seed() + i));
      }
    }

    private static Thread daemon(Runnable work) {
      Thread thread = new Thread(work, "bench-worker");
      thread.setDaemon(true);
      return thread;
    }

    void step() {
      List<Future<?>> steps = new ArrayList<>();
      workers.forEach(worker -> steps.add(pool.submit(worker::step)));
      for (Future<?> step : steps) {
        try {
          step.get();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted during a training step", e);
        } catch (ExecutionException e) {
          throw new IllegalStateException("a training step failed", e.getCause());
        }
      }
    }

    /** Frees the workers when all have ended their steps, also where that of another has failed. */
    @Override
    public void close() {
      pool.shutdown();
      boolean interrupted = false;
      boolean ended = false;
      while (!ended) {
        try {
          ended = pool.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
          interrupted = true; // a step takes seconds, and its memory is not to go under it
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      workers.forEach(TrainingWorker::close);
    }
  }
}
