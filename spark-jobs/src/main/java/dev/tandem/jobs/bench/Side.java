package dev.tandem.jobs.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One side of a comparison.
 *
 * @param work how much is done in one of the sample's times: pairs, texts, queries
 * @param sample the times
 */
public record Side(double work, Sample sample) {

  /** Work done in a second, by the median. */
  public double rate() {
    return work / sample.median();
  }

  /** The figures for programs. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("median-seconds", sample.median());
    json.put("fastest-seconds", sample.fastest());
    json.put("slowest-seconds", sample.slowest());
    json.put("repetitions", sample.seconds().size());
    json.put("work", work);
    json.put("per-second", rate());
    return json;
  }
}
