package dev.tandem.jobs.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** PyTorch making the same training steps. */
final class TrainingPeer {
  static final String NAME = "PyTorch";
  static final double TEMPERATURE = 0.05;

  private TrainingPeer() {}

  /**
   * Starts it.
   *
   * @throws PeerException as {@link PeerProcess#start}
   */
  static PeerProcess start(BenchmarkContext context, PairLengths lengths, int threads)
      throws IOException {
    BenchSizes sizes = context.sizes();
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("peer", "training");
    settings.put("threads", threads);
    settings.put("vocabulary", sizes.architecture().vocabularySize());
    settings.put("hidden", sizes.architecture().hiddenSize());
    settings.put("layers", sizes.architecture().layers());
    settings.put("heads", sizes.architecture().heads());
    settings.put("intermediate", sizes.architecture().intermediateSize());
    settings.put("positions", sizes.architecture().maxPositions());
    settings.put("pairs", lengths.pairs());
    settings.put("queryLength", lengths.query());
    settings.put("passageLengths", lengths.passages());
    settings.put("queue", sizes.queue());
    settings.put("temperature", TEMPERATURE);
    return PeerProcess.start(context.bench().python(), threads, settings);
  }
}
