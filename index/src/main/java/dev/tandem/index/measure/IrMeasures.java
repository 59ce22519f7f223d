package dev.tandem.index.measure;

import dev.tandem.index.measure.Measure.Form;
import dev.tandem.index.measure.RestrictedMeasure.Restriction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * The measures of ir_measures 0.4 that trec_eval computes too, under ir_measures' names: {@code
 * nDCG@10}, {@code P(rel=2)@5}, {@code RR@10}, {@code Judged@10}.
 *
 * <p>Values are trec_eval's, which is what ir_measures takes by default. Where {@code rel} is not
 * given, the level of the evaluation's options holds, whose default is ir_measures' own, 1.
 */
final class IrMeasures {

  /** Whether a name takes something behind the at sign. */
  private enum At {
    NOTHING,
    MAYBE_A_CUTOFF,
    A_CUTOFF,
    A_RECALL
  }

  /** Makes the measure that is computed on the restricted ranking. */
  @FunctionalInterface
  private interface Factory {
    Measure create(IrMeasureName name);
  }

  private record Family(At at, List<String> parameters, Factory factory) {}

  private static final String REL = "rel";
  private static final String JUDGED_ONLY = "judged_only";
  private static final String CUTOFF = "cutoff";
  private static final String BETA = "beta";
  private static final String RELATIVE = "relative";
  private static final String RECALL = "recall";

  private static final Map<String, String> ALIASES =
      Map.of(
          "MAP", "AP",
          "MRR", "RR",
          "NDCG", "nDCG",
          "Precision", "P",
          "Recall", "R",
          "RPrec", "Rprec",
          "BPref", "Bpref");

  private static final Map<String, Family> FAMILIES = families();

  private IrMeasures() {}

  private static Map<String, Family> families() {
    Map<String, Family> table = new LinkedHashMap<>();
    add(table, "AP", At.MAYBE_A_CUTOFF, List.of(REL, JUDGED_ONLY), name -> trec("map"));
    add(table, "RR", At.MAYBE_A_CUTOFF, List.of(REL, JUDGED_ONLY), name -> trec("recip_rank"));
    add(
        table,
        "nDCG",
        At.MAYBE_A_CUTOFF,
        List.of(JUDGED_ONLY),
        name ->
            name.cutoff().isPresent() ? trec("ndcg_cut", name.cutoff().getAsInt()) : trec("ndcg"));
    atCutoff(table, "P", "P");
    atCutoff(table, "R", "recall");
    atCutoff(table, "Success", "success");
    add(table, "Rprec", At.NOTHING, List.of(REL, JUDGED_ONLY), name -> trec("Rprec"));
    add(table, "Bpref", At.NOTHING, List.of(REL), name -> trec("bpref"));
    add(table, "infAP", At.NOTHING, List.of(REL), name -> trec("infAP"));
    add(
        table,
        "IPrec",
        At.A_RECALL,
        List.of(REL, JUDGED_ONLY),
        name -> MeasureCatalogue.create("iprec_at_recall", name.at()));
    add(
        table,
        "SetP",
        At.NOTHING,
        List.of(RELATIVE, REL, JUDGED_ONLY),
        name -> trec(name.flag(RELATIVE) ? "set_relative_P" : "set_P"));
    add(table, "SetRelP", At.NOTHING, List.of(REL, JUDGED_ONLY), name -> trec("set_relative_P"));
    add(table, "SetR", At.NOTHING, List.of(REL), name -> trec("set_recall"));
    add(
        table,
        "SetF",
        At.NOTHING,
        List.of(BETA, REL, JUDGED_ONLY),
        name -> {
          double beta = name.number(BETA).orElse(1);
          return single(Form.MEAN, ranking -> SetMeasures.f(ranking, beta));
        });
    add(table, "SetAP", At.NOTHING, List.of(REL, JUDGED_ONLY), name -> trec("set_map"));
    add(table, "NumQ", At.NOTHING, List.of(), name -> trec("num_q"));
    add(
        table,
        "NumRet",
        At.NOTHING,
        List.of(REL),
        name -> trec(name.count(REL).isPresent() ? "num_rel_ret" : "num_ret"));
    add(table, "NumRelRet", At.NOTHING, List.of(REL), name -> trec("num_rel_ret"));
    add(
        table,
        "NumRel",
        At.NOTHING,
        List.of(REL),
        name -> single(Form.COUNT, JudgedRanking::relevant));
    add(
        table,
        "Judged",
        At.MAYBE_A_CUTOFF,
        List.of(),
        name -> single(Form.MEAN, IrMeasures::judged));
    return table;
  }

  private static void add(
      Map<String, Family> table, String name, At at, List<String> parameters, Factory factory) {
    table.put(name, new Family(at, parameters, factory));
  }

  private static void atCutoff(Map<String, Family> table, String name, String trecName) {
    add(
        table,
        name,
        At.A_CUTOFF,
        List.of(REL, JUDGED_ONLY),
        parsed -> trec(trecName, parsed.cutoff().orElseThrow()));
  }

  private static Measure trec(String name) {
    return MeasureCatalogue.create(name, "");
  }

  private static Measure trec(String name, int cutoff) {
    return MeasureCatalogue.create(name, Integer.toString(cutoff));
  }

  private static Measure single(Form form, ToDoubleFunction<JudgedRanking> function) {
    return new SingleMeasure("value", form, function);
  }

  /** Share of the results that the qrels name, with whatever grade; of those there are. */
  private static double judged(JudgedRanking ranking) {
    int judged = 0;
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      if (ranking.grade(rank) != JudgedRanking.NOT_IN_POOL) {
        judged++;
      }
    }
    return ranking.retrieved() == 0 ? 0 : (double) judged / ranking.retrieved();
  }

  /** The names without parameters, as they are given. */
  static List<String> names() {
    List<String> names = new ArrayList<>();
    FAMILIES.forEach(
        (name, family) ->
            names.add(
                switch (family.at()) {
                  case NOTHING -> name;
                  case MAYBE_A_CUTOFF -> name + "[@k]";
                  case A_CUTOFF -> name + "@k";
                  case A_RECALL -> name + "@recall";
                }));
    return List.copyOf(names);
  }

  /** Whether a text names one of these measures, rightly or with wrong parameters. */
  static boolean knows(String text) {
    int end = 0;
    while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
      end++;
    }
    String name = text.substring(0, end);
    boolean alone = end == text.length() || text.charAt(end) == '@' || text.charAt(end) == '(';
    return alone && FAMILIES.containsKey(ALIASES.getOrDefault(name, name));
  }

  /**
   * Makes a measure.
   *
   * @param text the name as ir_measures takes it
   * @return the measure, named as ir_measures prints it
   * @throws IllegalArgumentException if the name is unknown or its parameters do not fit
   */
  static Measure create(String text) {
    IrMeasureName parsed = IrMeasureName.parse(text);
    String name = ALIASES.getOrDefault(parsed.name(), parsed.name());
    Family family = FAMILIES.get(name);
    if (family == null) {
      throw new IllegalArgumentException(
          "unknown measure '" + text + "'; known with ir_measures' names are " + names());
    }
    IrMeasureName usable = withRecall(family, check(text, family, parsed));
    int cutoff =
        family.at() == At.MAYBE_A_CUTOFF
            ? usable.cutoff().orElse(Integer.MAX_VALUE)
            : Integer.MAX_VALUE;
    Restriction restriction =
        new Restriction(usable.count(REL).orElse(0), usable.flag(JUDGED_ONLY), cutoff);
    return new RestrictedMeasure(
        printed(name, family, usable), family.factory().create(usable), restriction);
  }

  private static IrMeasureName check(String text, Family family, IrMeasureName parsed) {
    TreeSet<String> unknown = new TreeSet<>(parsed.parameters().keySet());
    family.parameters().forEach(unknown::remove);
    String position = family.at() == At.A_RECALL ? RECALL : CUTOFF;
    if (family.at() != At.NOTHING) {
      unknown.remove(position);
    }
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "measure '"
              + text
              + "' has no parameter "
              + String.join(", ", unknown)
              + "; it takes "
              + (family.parameters().isEmpty() ? "none" : family.parameters()));
    }
    boolean given = !parsed.at().isEmpty() || parsed.parameters().containsKey(position);
    if (given && family.at() == At.NOTHING) {
      throw new IllegalArgumentException("measure '" + text + "' takes nothing behind the @");
    }
    boolean needed = family.at() == At.A_CUTOFF || family.at() == At.A_RECALL;
    if (!given && needed) {
      throw new IllegalArgumentException(
          "measure '"
              + text
              + "' needs a "
              + position
              + ", as "
              + (family.at() == At.A_RECALL ? "IPrec@0.1" : parsed.name() + "@10"));
    }
    return parsed;
  }

  /** Moves {@code recall=} behind the at sign, where its factory looks. */
  private static IrMeasureName withRecall(Family family, IrMeasureName name) {
    return family.at() == At.A_RECALL && name.at().isEmpty()
        ? new IrMeasureName(name.name(), name.parameters(), name.parameters().get(RECALL))
        : name;
  }

  /** The name as ir_measures writes it: aliases resolved, the cutoff behind the at sign. */
  private static String printed(String name, Family family, IrMeasureName parsed) {
    List<String> shown = new ArrayList<>();
    parsed
        .parameters()
        .forEach(
            (parameter, value) -> {
              if (!parameter.equals(CUTOFF) && !parameter.equals(RECALL)) {
                shown.add(parameter + "=" + value);
              }
            });
    String at = parsed.at();
    if (at.isEmpty() && family.at() != At.NOTHING && parsed.cutoff().isPresent()) {
      at = Integer.toString(parsed.cutoff().getAsInt());
    }
    return name
        + (shown.isEmpty() ? "" : "(" + String.join(",", shown) + ")")
        + (at.isEmpty() ? "" : "@" + at);
  }
}
