package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.IndexVersion;
import java.util.Map;

/**
 * What indexing again came to.
 *
 * @param version the version that is current now
 * @param basis name of the version it continues; null where everything was encoded
 * @param published whether there was anything to do
 * @param why what made it encode everything, a sentence; null where it did not
 * @param unchanged passages with the same id and text
 * @param added passages with a new id
 * @param changed passages with another text
 * @param removed passages no longer in the collection
 * @param plan what became of the shards; null where nothing was to do
 * @param seconds that each step took, by its name
 */
public record ReindexReport(
    IndexVersion version,
    String basis,
    boolean published,
    String why,
    long unchanged,
    long added,
    long changed,
    long removed,
    Map<String, Integer> plan,
    Map<String, Double> seconds) {

  /** Passages encoded for it. */
  public long encoded() {
    return added + changed;
  }
}
