package dev.tandem.jobs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * A peer process that may not be there: a benchmark measures the same way with and without it.
 * Close it to end the process.
 */
final class Peer implements AutoCloseable {
  /** The peer's name among contenders. */
  static final String NAME = "peer";

  private final PeerProcess process;
  private final String missing;
  private String unchecked;

  private Peer(PeerProcess process, String missing) {
    this.process = process;
    this.missing = missing;
  }

  /** Starts a peer. */
  @FunctionalInterface
  interface Starter {
    /** Starts it; throws PeerException where it is not there. */
    PeerProcess start() throws IOException;
  }

  /** Starts a peer, or remembers why it is not there. */
  static Peer start(Starter starter) throws IOException {
    try {
      return new Peer(starter.start(), null);
    } catch (PeerException e) {
      return new Peer(null, e.getMessage());
    }
  }

  /** Lets it take part with the work it is made for, where it is there. */
  void addTo(Map<String, Contender> contenders) {
    addTo(contenders, PeerProcess.WORK);
  }

  /**
   * Lets it take part, where it is there.
   *
   * @param work which piece of work, as the script calls it
   */
  void addTo(Map<String, Contender> contenders, String work) {
    if (process != null) {
      contenders.put(NAME, () -> process.measure(work));
    }
  }

  /**
   * What its work gives, for a comparison with ours; nothing where it is not there or cannot say.
   * Why it could not is then part of its {@link #state}: times that were measured are kept.
   */
  Optional<JsonNode> check() {
    if (process == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(process.check());
    } catch (PeerException e) {
      unchecked = "its results are not checked: " + e.getMessage();
      return Optional.empty();
    }
  }

  /**
   * What is to be said of it.
   *
   * @param name what it is called
   * @param outcome of the measurement it took part in
   * @param before what was to be said after an earlier case; a peer that was there once has its
   *     versions
   */
  PeerState state(String name, Interleaved.Outcome outcome, PeerState before) {
    if (process == null) {
      return before.versions().isEmpty()
          ? PeerState.missing(name, missing)
          : before.without(missing);
    }
    PeerState present = PeerState.present(name, process.versions());
    String failure = outcome.failures().getOrDefault(NAME, unchecked);
    boolean failedBefore = !before.versions().isEmpty() && before.skipped() != null;
    return present.without(failure != null ? failure : failedBefore ? before.skipped() : null);
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
  }
}
