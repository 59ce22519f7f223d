package dev.tandem.jobs.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A finished training run, as in its {@code metrics.json}.
 *
 * @param measures of the best parameters, those of {@code model}; empty without validation
 * @param before measures before the first step; empty without such a validation
 * @param step parameter updates of each worker behind the best parameters
 * @param steps parameter updates of each worker in the whole run
 * @param pairs query-passage pairs trained on
 * @param seconds time of the run, earlier parts of a resumed one included
 * @param workers number of workers
 */
public record TrainingSummary(
    @JsonProperty("measures") Map<String, Double> measures,
    @JsonProperty("before") Map<String, Double> before,
    @JsonProperty("step") int step,
    @JsonProperty("steps") int steps,
    @JsonProperty("pairs") long pairs,
    @JsonProperty("seconds") double seconds,
    @JsonProperty("workers") int workers) {

  public TrainingSummary {
    measures = Collections.unmodifiableMap(new TreeMap<>(measures));
    before = Collections.unmodifiableMap(new TreeMap<>(before));
  }
}
