package dev.tandem.jobs.retrieval;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.filter.UnfitValueException;
import dev.tandem.index.vector.PassageMetadata;
import dev.tandem.jobs.failure.TandemException;
import java.util.BitSet;
import java.util.List;
import java.util.SortedSet;

/** Which rows of a part may be found: those that pass a filter and are not deleted. */
final class FilteredRows {
  private FilteredRows() {}

  /**
   * The rows of some metadata that pass.
   *
   * @param place where the metadata are, for messages
   * @throws TandemException of kind BAD_DATA if a value that must be a number is none
   */
  static BitSet passing(MetadataFilter filter, PassageMetadata metadata, String place) {
    try {
      return filter.passing(metadata);
    } catch (UnfitValueException e) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA, "retrieve.filter, in " + place + ": " + e.getMessage(), e);
    }
  }

  /** The others of so many rows. */
  static BitSet others(BitSet rows, int count) {
    BitSet others = new BitSet(count);
    others.set(0, count);
    others.andNot(rows);
    return others;
  }

  /**
   * Checks that a filter asks for nothing but what is kept.
   *
   * @param kept fields that there are
   * @param place where
   * @throws TandemException of kind ARTIFACT naming the fields that lack and those that there are
   */
  static void requireFields(MetadataFilter filter, List<String> kept, String place) {
    SortedSet<String> missing = filter.fields();
    missing.removeAll(kept);
    if (!missing.isEmpty()) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "retrieve.filter asks for the metadata "
              + (missing.size() == 1 ? "field " : "fields ")
              + String.join(", ", missing)
              + ", but "
              + place
              + (kept.isEmpty()
                  ? " keeps no metadata"
                  : " keeps " + String.join(", ", kept) + " only")
              + ". Encode the collection again with them in data.metadata-fields, or filter by what"
              + " there is.");
    }
  }
}
