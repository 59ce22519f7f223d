package dev.tandem.jobs.retrieval;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The measures that people look at first, as a table of text. */
public final class MeasureTable {
  private static final Map<String, String> SHOWN = new LinkedHashMap<>();

  static {
    SHOWN.put("ndcg_cut_10", "nDCG@10");
    SHOWN.put("recip_rank", "MRR");
    SHOWN.put("map", "MAP");
    SHOWN.put("recall_10", "recall@10");
    SHOWN.put("recall_100", "recall@100");
    SHOWN.put("recall_1000", "recall@1000");
    SHOWN.put("P_10", "P@10");
  }

  private MeasureTable() {}

  /**
   * A line a measure: what people call it, trec_eval's name, the value.
   *
   * @param measures values by trec_eval's names
   */
  public static String of(Map<String, Double> measures) {
    StringBuilder text = new StringBuilder();
    SHOWN.forEach(
        (name, title) -> {
          Double value = measures.get(name);
          if (value != null) {
            text.append(String.format(Locale.ROOT, "  %-12s %-12s %.4f%n", title, name, value));
          }
        });
    return text.toString();
  }
}
