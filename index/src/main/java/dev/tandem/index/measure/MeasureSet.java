package dev.tandem.index.measure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The measures to compute: trec_eval's in its order whatever the order they were named in, then
 * those named as ir_measures names them. Immutable.
 */
public final class MeasureSet {

  private static final List<String> OFFICIAL =
      List.of(
          "runid",
          "num_q",
          "num_ret",
          "num_rel",
          "num_rel_ret",
          "map",
          "gm_map",
          "Rprec",
          "bpref",
          "recip_rank",
          "iprec_at_recall",
          "P");
  private static final List<String> SET =
      List.of(
          "runid",
          "num_q",
          "num_ret",
          "num_rel",
          "num_rel_ret",
          "utility",
          "set_P",
          "set_relative_P",
          "set_recall",
          "set_map",
          "set_F");
  private static final Map<String, List<String>> NICKNAMES =
      Map.of("all_trec", MeasureCatalogue.names(), "official", OFFICIAL, "set", SET);

  private final List<Measure> measures;
  private final List<String> valueNames;

  private MeasureSet(List<Measure> measures) {
    this.measures = List.copyOf(measures);
    List<String> names = new ArrayList<>();
    measures.forEach(measure -> names.addAll(measure.valueNames()));
    this.valueNames = List.copyOf(names);
  }

  /** Every measure of {@code trec_eval -m all_trec}. */
  public static MeasureSet allTrec() {
    return of("all_trec");
  }

  /** What trec_eval prints where no measure is asked for. */
  public static MeasureSet official() {
    return of("official");
  }

  /** As {@link #of(Collection)}. */
  public static MeasureSet of(String... measures) {
    return of(List.of(measures));
  }

  /**
   * The measures named, each as trec_eval's {@code -m} takes it ({@code map}, {@code P.5,10},
   * {@code ndcg.1=3,2=9}, {@code all_trec}, {@code official}, {@code set}), as it is printed
   * ({@code ndcg_cut_10}, {@code recall_100}), or as ir_measures names it ({@code nDCG@10}, {@code
   * P(rel=2)@5}, {@code AP}). The latter come behind those of trec_eval, under ir_measures' names;
   * a name that both have, such as {@code Rprec}, is trec_eval's.
   *
   * @throws IllegalArgumentException if a name is unknown, parameters do not fit, or none is given
   */
  public static MeasureSet of(Collection<String> measures) {
    if (measures.isEmpty()) {
      throw new IllegalArgumentException("no measures named");
    }
    Map<String, String> parametersOf = new LinkedHashMap<>();
    Map<String, Measure> fromIrMeasures = new LinkedHashMap<>();
    for (String measure : measures) {
      int dot = measure.indexOf('.');
      var printed = MeasureCatalogue.familyAndCutoff(measure);
      if (printed.isPresent()) {
        add(parametersOf, printed.get()[0], printed.get()[1]);
      } else if (NICKNAMES.containsKey(measure)) {
        NICKNAMES.get(measure).forEach(name -> parametersOf.putIfAbsent(name, ""));
      } else if (dot > 0 && MeasureCatalogue.contains(measure.substring(0, dot))) {
        add(parametersOf, measure.substring(0, dot), measure.substring(dot + 1));
      } else if (MeasureCatalogue.contains(measure)) {
        parametersOf.putIfAbsent(measure, "");
      } else if (IrMeasures.knows(measure)) {
        Measure created = IrMeasures.create(measure);
        fromIrMeasures.putIfAbsent(created.name(), created);
      } else {
        throw new IllegalArgumentException(
            "unknown measure '"
                + measure
                + "'; known are "
                + NICKNAMES.keySet()
                + " and "
                + MeasureCatalogue.names()
                + ", those with cutoffs also as ndcg_cut_10; with ir_measures' names "
                + IrMeasures.names());
      }
    }
    List<Measure> inOrder = new ArrayList<>();
    for (String name : MeasureCatalogue.names()) {
      if (parametersOf.containsKey(name)) {
        inOrder.add(MeasureCatalogue.create(name, parametersOf.get(name)));
      }
    }
    inOrder.addAll(fromIrMeasures.values());
    return new MeasureSet(inOrder);
  }

  private static void add(Map<String, String> parametersOf, String name, String parameters) {
    parametersOf.merge(
        name,
        parameters,
        (before, more) ->
            before.isEmpty() || !MeasureCatalogue.hasCutoffs(name) || contains(before, more)
                ? more.isEmpty() || contains(before, more) ? before : more
                : before + "," + more);
  }

  private static boolean contains(String list, String one) {
    return List.of(list.split(",")).contains(one);
  }

  /** The measures in trec_eval's order. */
  public List<Measure> measures() {
    return measures;
  }

  /** The names of all values, in the order of the value arrays. */
  List<String> valueNames() {
    return valueNames;
  }
}
