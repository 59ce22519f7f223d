package dev.tandem.jobs.retrieval;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.jobs.failure.TandemException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The passages that a search is among.
 *
 * @param filter what they must meet
 * @param all how many there are without it
 * @param passages how many pass
 */
record Passing(MetadataFilter filter, long all, long passages) {
  private static final Logger LOG = LoggerFactory.getLogger(Passing.class);

  Passing {
    if (passages == 0 && !filter.isEmpty()) {
      LOG.warn("None of the {} passages passes retrieve.filter = {}", all, filter);
    }
  }

  /**
   * Checks that measures of what is found would say something.
   *
   * @throws TandemException of kind BAD_DATA if no passage passes
   */
  void requireAny() {
    if (passages == 0 && !filter.isEmpty()) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          "None of the "
              + all
              + " passages passes retrieve.filter = "
              + filter
              + ", so there is nothing to measure with data.qrels.");
    }
  }

  /** Adds what is said of a filter beside the measures; nothing where there is none. */
  void addTo(Map<String, Object> facts) {
    if (!filter.isEmpty()) {
      facts.put("filter", filter.conditions());
      facts.put("passing", passages);
    }
  }
}
