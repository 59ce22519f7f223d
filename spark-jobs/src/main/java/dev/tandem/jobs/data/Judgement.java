package dev.tandem.jobs.data;

import java.io.Serializable;

/**
 * One line of the qrels.
 *
 * @param queryId the query
 * @param passageId the passage judged
 * @param grade its grade; relevant where above 0
 */
public record Judgement(String queryId, String passageId, int grade) implements Serializable {
  /** Whether the passage is relevant for the query. */
  public boolean relevant() {
    return grade > 0;
  }
}
