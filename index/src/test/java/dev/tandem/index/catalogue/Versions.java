package dev.tandem.index.catalogue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;

/** Small versions for tests: one file whose content is the version's identity. */
final class Versions {

  private Versions() {}

  static VersionManifest.Facts facts(String identity) {
    return new VersionManifest.Facts(
        identity,
        "model-1",
        4,
        "test",
        Map.of("vectors", "hash of " + identity),
        Map.of("type", "flat"),
        Map.of("passages", 1L),
        Map.of("recall_10", 1.0));
  }

  /** Writes and completes a draft unless it is complete. */
  static IndexVersion fill(FileSystem fileSystem, VersionDraft draft, String identity)
      throws IOException {
    if (draft.complete().isPresent()) {
      return draft.complete().get();
    }
    DraftFiles files = new DraftFiles(fileSystem, draft.directory());
    try (OutputStream out = files.create("part-" + UUID.randomUUID() + ".bin")) {
      out.write(identity.getBytes(StandardCharsets.UTF_8));
    }
    return draft.complete(facts(identity), 1, files.written());
  }

  /** Builds and publishes a version, and returns its name. */
  static String publish(IndexCatalogue catalogue, FileSystem fileSystem, String identity)
      throws IOException {
    try (VersionDraft draft = catalogue.begin(identity)) {
      fill(fileSystem, draft, identity);
      return catalogue.publish(draft).version();
    }
  }

  /** The identity of what is current, every byte of it checked. */
  static String served(IndexCatalogue catalogue, FileSystem fileSystem) throws IOException {
    try (LeasedVersion read = catalogue.read()) {
      read.version().verifyChecksums(fileSystem);
      return read.version().manifest().facts().identity();
    }
  }
}
