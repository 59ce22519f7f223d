package dev.tandem.jobs.prepare;

import dev.tandem.jobs.artifact.FinishedPart;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long the tokenized texts are.
 *
 * @param records number of texts
 * @param median half of the texts have at most so many tokens, start and end included
 * @param p90 nine of ten texts have at most so many tokens
 * @param longest tokens of the longest text
 * @param truncated texts that were cut
 */
public record TokenStatistics(long records, long median, long p90, long longest, long truncated) {

  static TokenStatistics of(List<FinishedPart> parts) {
    TreeMap<Integer, Long> lengths = new TreeMap<>();
    long records = 0;
    long truncated = 0;
    for (FinishedPart part : parts) {
      records += part.count(TokenizeTask.RECORDS);
      truncated += part.count(TokenizeTask.TRUNCATED);
      part.counts()
          .forEach(
              (name, count) -> {
                if (name.startsWith(TokenizeTask.LENGTH)) {
                  int length = Integer.parseInt(name.substring(TokenizeTask.LENGTH.length()));
                  lengths.merge(length, count, Long::sum);
                }
              });
    }
    return new TokenStatistics(
        records,
        percentile(lengths, records, 0.5),
        percentile(lengths, records, 0.9),
        lengths.isEmpty() ? 0 : lengths.lastKey(),
        truncated);
  }

  private static long percentile(TreeMap<Integer, Long> lengths, long records, double share) {
    long seen = 0;
    for (Map.Entry<Integer, Long> entry : lengths.entrySet()) {
      seen += entry.getValue();
      if (seen >= share * records) {
        return entry.getKey();
      }
    }
    return 0;
  }

  /** Share of the texts that were cut, 0 to 1. */
  public double truncatedShare() {
    return records == 0 ? 0 : (double) truncated / records;
  }

  void addTo(Map<String, Long> counts, String name) {
    counts.put(name, records);
    counts.put(name + "-tokens-p50", median);
    counts.put(name + "-tokens-p90", p90);
    counts.put(name + "-tokens-max", longest);
    counts.put(name + "-truncated", truncated);
  }

  static TokenStatistics from(dev.tandem.jobs.artifact.Manifest manifest, String name) {
    return new TokenStatistics(
        manifest.count(name),
        manifest.count(name + "-tokens-p50"),
        manifest.count(name + "-tokens-p90"),
        manifest.count(name + "-tokens-max"),
        manifest.count(name + "-truncated"));
  }
}
