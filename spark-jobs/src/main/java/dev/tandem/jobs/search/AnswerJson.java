package dev.tandem.jobs.search;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Answers as JSON objects. */
final class AnswerJson {
  private AnswerJson() {}

  /**
   * The members of an answer's object.
   *
   * @param explain whether hits say where and how they were found
   */
  static Map<String, Object> of(Answer answer, boolean explain) {
    List<Map<String, Object>> hits = new ArrayList<>();
    for (Answer.Hit hit : answer.hits()) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("rank", hit.rank());
      members.put("score", hit.found().score());
      members.put("id", hit.found().id());
      members.put("text", hit.text().orElse(null));
      hit.metadata().ifPresent(metadata -> members.put("metadata", metadata));
      if (explain) {
        members.put("shard", hit.found().shard());
        members.put("row", hit.found().row());
        members.put("exact-score", hit.exactScore());
        members.put("found-by", foundBy(hit));
      }
      hits.add(members);
    }
    Map<String, Object> milliseconds = new LinkedHashMap<>();
    milliseconds.put("encode", answer.encodeMillis());
    milliseconds.put("search", answer.searchMillis());
    milliseconds.put("texts", answer.textMillis());
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("query", answer.query());
    object.put("index", answer.index());
    object.put("version", answer.version());
    object.put("passages", answer.passages());
    if (answer.passing().isPresent()) {
      object.put("filter", answer.filter());
      object.put("passing", answer.passing().getAsLong());
    }
    object.put("hits", hits);
    object.put("milliseconds", milliseconds);
    return object;
  }

  /** How a passage was found. */
  static String foundBy(Answer.Hit hit) {
    return hit.found().byGraph() ? "graph" : "exact";
  }
}
