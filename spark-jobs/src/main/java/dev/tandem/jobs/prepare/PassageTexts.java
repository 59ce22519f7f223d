package dev.tandem.jobs.prepare;

import dev.tandem.jobs.data.Checked;
import dev.tandem.jobs.data.Dataset;
import dev.tandem.jobs.data.DatasetCheck;
import dev.tandem.jobs.data.Role;
import dev.tandem.jobs.data.TextRecord;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The passages of a collection as texts, checked like those of a prepared data set. */
public final class PassageTexts {
  private static final Logger LOG = LoggerFactory.getLogger(PassageTexts.class);

  private final Dataset dataset;
  private final Map<String, String> inputs;
  private final Map<String, Object> settings;
  private final boolean skip;

  PassageTexts(
      Dataset dataset, Map<String, String> inputs, Map<String, Object> settings, boolean skip) {
    this.dataset = dataset;
    this.inputs = Collections.unmodifiableMap(new TreeMap<>(inputs));
    this.settings = Collections.unmodifiableMap(new TreeMap<>(settings));
    this.skip = skip;
  }

  /**
   * Content hash of the collection, and the tokenizer's fingerprint, as a prepared data set has.
   */
  public Map<String, String> inputs() {
    return inputs;
  }

  /** How passages become tokens, as a prepared data set says it. */
  public Map<String, Object> settings() {
    return settings;
  }

  /**
   * Checks the collection and gives its passages, read again at each action.
   *
   * @throws dev.tandem.jobs.failure.TandemException of kind BAD_DATA where records are malformed or
   *     ids appear twice, and {@code data.on-bad-record = fail}
   */
  public JavaRDD<TextRecord> read(JavaSparkContext spark) {
    Checked checked = DatasetCheck.check(spark, dataset, skip);
    if (!checked.skipped().records().isEmpty()) {
      LOG.warn(
          "Leaving out {} bad records; prepare lists them", checked.skipped().records().size());
    }
    return Preparation.good(dataset.texts(spark, Role.COLLECTION), checked.skipped().lines());
  }
}
