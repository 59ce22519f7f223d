package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.catalogue.VersionManifest.Facts;
import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.model.encoder.Compute;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Why a collection is not indexed again: each is a mistake that would spoil what is published. */
final class ReindexRefusals {

  /** What of an encoding's settings makes vectors others; a differing one forbids to mix them. */
  private static final List<String> ENCODING =
      List.of(
          VectorShards.DIMENSION,
          VectorShards.METRIC,
          VectorShards.NORMALIZED,
          VectorShards.COMPUTE,
          VectorShards.STORAGE,
          VectorShards.WINDOW_LENGTH,
          VectorShards.WINDOW_STRIDE,
          VectorShards.PASSAGE_LENGTH,
          VectorShards.PASSAGE_PREFIX);

  /** What it means where one of them is not said. */
  private static final Map<String, String> UNSAID =
      Map.of(
          VectorShards.COMPUTE, Compute.FLOAT32.key(),
          VectorShards.STORAGE, VectorStorage.FLOAT32.key(),
          VectorShards.WINDOW_LENGTH, "none",
          VectorShards.WINDOW_STRIDE, "none",
          VectorShards.PASSAGE_LENGTH, "unlimited");

  /** Inputs that must be the same too. */
  private static final List<String> MADE_BY = List.of(VectorShards.MODEL, "tokenizer");

  private ReindexRefusals() {}

  /** Whether two values of manifests are the same; a number may have become one of another type. */
  static boolean same(Object left, Object right) {
    return String.valueOf(left).equals(String.valueOf(right));
  }

  /**
   * Refuses to mix vectors of two models, or of texts that were read otherwise.
   *
   * @param version the version to go on from
   * @param inputs of the encoding that is configured, as a manifest has them
   * @param encoding its settings
   * @throws TandemException of kind ARTIFACT naming every difference
   */
  static void requireSameEncoder(
      IndexVersion version, Map<String, String> inputs, Map<String, Object> encoding) {
    Facts facts = version.manifest().facts();
    List<String> differences = new ArrayList<>();
    List<String> before = PreparedDataset.metadataFields(facts.configuration());
    List<String> now = PreparedDataset.metadataFields(encoding);
    if (!before.equals(now)) {
      differences.add("data.metadata-fields " + before + ", now " + now);
    }
    for (String input : MADE_BY) {
      String made = facts.inputs().get(input);
      if (made != null && !made.equals(inputs.get(input))) {
        differences.add(input + " " + made + ", now " + inputs.get(input));
      }
    }
    for (String key : ENCODING) {
      Object made = facts.configuration().get(key);
      if (!same(made, encoding.get(key))) {
        differences.add(key + " " + said(key, made) + ", now " + said(key, encoding.get(key)));
      }
    }
    if (!differences.isEmpty()) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "Version "
              + version.name()
              + " of "
              + version.path().getParent().getParent()
              + " was encoded otherwise than is configured now: "
              + String.join("; ", differences)
              + ". Vectors of both in one index would mean nothing. Set model.*, data.* and"
              + " encode.* to what made it, or encode everything anew with --full.");
    }
  }

  /** A setting of vectors that is left out where it has the value it always had. */
  private static Object said(String key, Object value) {
    return value == null ? UNSAID.get(key) : value;
  }

  /**
   * Refuses a collection that was cut off.
   *
   * @param changes how many passages are what
   * @param current the current version, compared with the collection passage by passage or not;
   *     empty where there is none
   * @param maximumRemoved greatest share of its passages that may be gone, 0 to 1
   * @throws TandemException of kind BAD_DATA where more are
   */
  static void requireNotEmptied(
      CollectionChanges.Counts changes, Optional<IndexVersion> current, double maximumRemoved) {
    if (changes.passages() == 0) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          "data.collection has no passages. What is published stays as it is.");
    }
    if (current.isEmpty()) {
      return;
    }
    // Nothing was compared where everything is encoded: then at least so many are gone.
    boolean compared = changes.before() > 0;
    long before =
        compared ? changes.before() : current.get().manifest().facts().count(VectorShards.PASSAGES);
    long gone = compared ? changes.gone() : before - changes.passages();
    if (gone > maximumRemoved * before) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          String.format(
              Locale.ROOT,
              "%s%d of the %d passages of version %s are not in data.collection any more, more than"
                  + " reindex.maximum-removed = %s allows. Was the collection cut off? What is"
                  + " published stays as it is. If they are meant to go, run it once with a higher"
                  + " reindex.maximum-removed.",
              compared ? "" : "At least ",
              gone,
              before,
              current.get().name(),
              maximumRemoved));
    }
  }
}
