package dev.tandem.index.catalogue;

import java.util.Optional;

/** A version that is not deleted before this is closed. */
public final class LeasedVersion implements AutoCloseable {

  private final IndexVersion version;
  private final Optional<VersionLease> lease;

  LeasedVersion(IndexVersion version, Optional<VersionLease> lease) {
    this.version = version;
    this.lease = lease;
  }

  /** The version. */
  public IndexVersion version() {
    return version;
  }

  @Override
  public void close() {
    lease.ifPresent(VersionLease::close);
  }
}
