package dev.tandem.jobs.bench;

import java.io.IOException;

/**
 * A peer is not there, or cannot go on. Its message says why, as it stands in the results: the
 * benchmark goes on without the peer.
 */
public final class PeerException extends IOException {
  private static final long serialVersionUID = 1L;

  PeerException(String message) {
    super(message);
  }

  PeerException(String message, Throwable cause) {
    super(message, cause);
  }
}
