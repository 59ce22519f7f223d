package dev.tandem.index.measure;

import dev.tandem.index.measure.CutoffMeasure.AtCutoffs;
import dev.tandem.index.measure.Measure.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;

/** All measures of trec_eval's {@code all_trec}, by name, in the order in which it prints them. */
final class MeasureCatalogue {

  /**
   * Makes a measure.
   *
   * @param parameters what follows the dot in {@code P.5,10}, or empty for trec_eval's defaults
   */
  @FunctionalInterface
  private interface Factory {
    Measure create(String parameters);
  }

  /** A graded measure with gains as parameters. */
  @FunctionalInterface
  private interface Graded {
    double value(JudgedRanking ranking, Map<Integer, Double> gains);
  }

  private record Entry(Factory factory, boolean cutoffs) {}

  private static final String CUTOFFS = "5,10,15,20,30,100,200,500,1000";
  private static final String RECALLS = "0.0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0";
  private static final Pattern INTEGER = Pattern.compile("[+-]?\\d+");
  private static final Pattern CUTOFF_SUFFIX = Pattern.compile("(.+)_(\\d+(?:\\.\\d+)?)");

  private static final Map<String, Entry> ENTRIES = entries();

  private MeasureCatalogue() {}

  private static Map<String, Entry> entries() {
    Map<String, Entry> table = new LinkedHashMap<>();
    plain(table, "runid", Form.RUN_TAG, ranking -> 0);
    plain(table, "num_q", Form.QUERIES, ranking -> 1);
    plain(table, "num_ret", Form.COUNT, JudgedRanking::retrieved);
    plain(table, "num_rel", Form.COUNT, JudgedRanking::relevant);
    plain(table, "num_rel_ret", Form.COUNT, JudgedRanking::relevantRetrieved);
    plain(table, "map", Form.MEAN, RankMeasures::averagePrecision);
    plain(table, "gm_map", Form.GEOMETRIC_MEAN, RankMeasures::logAveragePrecision);
    plain(table, "Rprec", Form.MEAN, RankMeasures::rPrecision);
    plain(table, "bpref", Form.MEAN, RankMeasures::bpref);
    plain(table, "recip_rank", Form.MEAN, RankMeasures::reciprocalRank);
    points(table, "iprec_at_recall", RECALLS, RecallPointMeasures::interpolatedPrecision);
    cutoffs(table, "P", CUTOFFS, CutoffMeasures.PRECISION);
    table.put(RelevanceString.NAME, new Entry(MeasureCatalogue::relevanceString, false));
    cutoffs(table, "recall", CUTOFFS, CutoffMeasures.RECALL);
    plain(table, "infAP", Form.MEAN, RankMeasures::inferredAveragePrecision);
    plain(table, "gm_bpref", Form.GEOMETRIC_MEAN, RankMeasures::logBpref);
    points(
        table,
        "Rprec_mult",
        "0.2,0.4,0.6,0.8,1.0,1.2,1.4,1.6,1.8,2.0",
        RecallPointMeasures::rPrecisionMultiples);
    table.put("utility", new Entry(MeasureCatalogue::utility, false));
    numbers(table, "11pt_avg", RECALLS, p -> r -> RecallPointMeasures.meanInterpolated(r, p));
    plain(table, "binG", Form.MEAN, RankMeasures::binaryGain);
    graded(table, "G", GainMeasures::normalizedGain);
    graded(table, "ndcg", GainMeasures::ndcg);
    graded(table, "ndcg_rel", GainMeasures::ndcgAtRelevant);
    graded(table, "Rndcg", GainMeasures::ndcgAtGainChanges);
    cutoffs(table, "ndcg_cut", CUTOFFS, CutoffMeasures.NDCG);
    cutoffs(table, "map_cut", CUTOFFS, CutoffMeasures.AVERAGE_PRECISION);
    cutoffs(table, "relative_P", CUTOFFS, CutoffMeasures.RELATIVE_PRECISION);
    cutoffs(table, "success", "1,5,10", CutoffMeasures.SUCCESS);
    plain(table, "set_P", Form.MEAN, SetMeasures::precision);
    plain(table, "set_relative_P", Form.MEAN, SetMeasures::relativePrecision);
    plain(table, "set_recall", Form.MEAN, SetMeasures::recall);
    plain(table, "set_map", Form.MEAN, SetMeasures::averagePrecision);
    numbers(table, "set_F", "1.0", p -> r -> SetMeasures.f(r, p[0]));
    plain(
        table,
        "num_nonrel_judged_ret",
        Form.COUNT,
        r -> r.retrieved() - r.unjudgedRetrieved() - r.relevantRetrieved());
    persistent(table, "rbp", GainMeasures::rankBiasedPrecision);
    persistent(table, "rbp_resid", (r, gains, p) -> GainMeasures.rankBiasedResidual(r, p));
    cutoffs(table, "unj", "5,10,20", CutoffMeasures.UNJUDGED);
    return table;
  }

  /** All names in trec_eval's order. */
  static List<String> names() {
    return List.copyOf(ENTRIES.keySet());
  }

  /** Whether there is a measure or family of this name. */
  static boolean contains(String name) {
    return ENTRIES.containsKey(name);
  }

  /** Whether the name is a family's, whose parameters are cutoffs that may be joined. */
  static boolean hasCutoffs(String name) {
    return ENTRIES.get(name).cutoffs();
  }

  /**
   * Takes a printed name such as {@code ndcg_cut_10} apart into family and cutoff.
   *
   * @return family and cutoff, or empty if this is no such name
   */
  static Optional<String[]> familyAndCutoff(String valueName) {
    var matcher = CUTOFF_SUFFIX.matcher(valueName);
    return matcher.matches() && contains(matcher.group(1)) && hasCutoffs(matcher.group(1))
        ? Optional.of(new String[] {matcher.group(1), matcher.group(2)})
        : Optional.empty();
  }

  /**
   * Makes a measure.
   *
   * @param parameters trec_eval's parameter text, empty for its defaults
   * @throws IllegalArgumentException if the parameters do not fit
   */
  static Measure create(String name, String parameters) {
    try {
      return ENTRIES.get(name).factory().create(parameters);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "measure '" + name + "' takes numbers after the dot, found '" + parameters + "'", e);
    }
  }

  private static void plain(
      Map<String, Entry> table, String name, Form form, ToDoubleFunction<JudgedRanking> function) {
    table.put(
        name,
        new Entry(
            parameters -> {
              if (!parameters.isEmpty()) {
                throw new IllegalArgumentException(
                    "measure '" + name + "' takes no parameters, found '" + parameters + "'");
              }
              return new SingleMeasure(name, form, function);
            },
            false));
  }

  private static void cutoffs(
      Map<String, Entry> table, String name, String defaults, AtCutoffs values) {
    table.put(
        name,
        new Entry(
            parameters -> {
              // As C's atol: a fraction is cut off.
              double[] numbers = numbers(orElse(parameters, defaults));
              int[] cutoffs = new int[numbers.length];
              for (int i = 0; i < numbers.length; i++) {
                cutoffs[i] = (int) numbers[i];
              }
              return new CutoffMeasure(name, ascending(name, cutoffs), values);
            },
            true));
  }

  private static int[] ascending(String name, int[] cutoffs) {
    Arrays.sort(cutoffs);
    for (int i = 0; i < cutoffs.length; i++) {
      if (cutoffs[i] < 1 || (i > 0 && cutoffs[i] == cutoffs[i - 1])) {
        throw new IllegalArgumentException(
            "the cutoffs of measure '"
                + name
                + "' must be positive and differ, found "
                + cutoffs[i]);
      }
    }
    return cutoffs;
  }

  private static void points(
      Map<String, Entry> table, String name, String defaults, Function<double[], Measure> family) {
    table.put(
        name,
        new Entry(
            parameters -> {
              double[] points = numbers(orElse(parameters, defaults));
              Arrays.sort(points);
              for (int i = 0; i < points.length; i++) {
                if (!(points[i] >= 0) || (i > 0 && points[i] == points[i - 1])) {
                  throw new IllegalArgumentException(
                      "the points of measure '"
                          + name
                          + "' must not be negative and must differ, found "
                          + points[i]);
                }
              }
              return family.apply(points);
            },
            true));
  }

  private static void numbers(
      Map<String, Entry> table,
      String name,
      String defaults,
      Function<double[], ToDoubleFunction<JudgedRanking>> function) {
    table.put(
        name,
        new Entry(
            parameters ->
                new SingleMeasure(
                    name,
                    valueName(name, parameters),
                    Form.MEAN,
                    function.apply(numbers(orElse(parameters, defaults)))),
            false));
  }

  private static void graded(Map<String, Entry> table, String name, Graded function) {
    table.put(
        name,
        new Entry(
            parameters -> {
              Map<Integer, Double> gains = gains(pairs(name, parameters));
              return new SingleMeasure(
                  name, valueName(name, parameters), Form.MEAN, r -> function.value(r, gains));
            },
            false));
  }

  /** A rank-biased measure with gains and the persistence {@code p} as parameters. */
  @FunctionalInterface
  private interface Persistent {
    double value(JudgedRanking ranking, Map<Integer, Double> gains, double persistence);
  }

  private static void persistent(Map<String, Entry> table, String name, Persistent function) {
    table.put(
        name,
        new Entry(
            parameters -> {
              Map<String, Double> pairs = pairs(name, parameters);
              Map<Integer, Double> gains = gains(pairs);
              double persistence = pairs.getOrDefault("p", 0.9);
              return new SingleMeasure(
                  name,
                  valueName(name, parameters),
                  Form.MEAN,
                  r -> function.value(r, gains, persistence));
            },
            false));
  }

  private static Measure relevanceString(String parameters) {
    return new RelevanceString(
        valueName(RelevanceString.NAME, parameters), (int) numbers(orElse(parameters, "10"))[0]);
  }

  private static Measure utility(String parameters) {
    double[] weights = numbers(orElse(parameters, "1,-1,0,0"));
    if (weights.length != 4) {
      throw new IllegalArgumentException(
          "measure 'utility' takes 4 coefficients, found '" + parameters + "'");
    }
    return new SingleMeasure(
        "utility",
        valueName("utility", parameters),
        Form.MEAN,
        r -> SetMeasures.utility(r, weights));
  }

  private static String orElse(String parameters, String defaults) {
    return parameters.isEmpty() ? defaults : parameters;
  }

  private static String valueName(String name, String parameters) {
    return parameters.isEmpty() ? name : name + "_" + parameters;
  }

  private static double[] numbers(String text) {
    String[] parts = text.split(",", -1);
    double[] numbers = new double[parts.length];
    for (int i = 0; i < parts.length; i++) {
      numbers[i] = Double.parseDouble(parts[i]);
    }
    return numbers;
  }

  private static Map<String, Double> pairs(String name, String text) {
    Map<String, Double> pairs = new LinkedHashMap<>();
    if (text.isEmpty()) {
      return pairs;
    }
    List<String> malformed = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        malformed.add(part);
      } else {
        pairs.put(part.substring(0, equals), Double.valueOf(part.substring(equals + 1)));
      }
    }
    if (!malformed.isEmpty()) {
      throw new IllegalArgumentException(
          "measure '" + name + "' takes pairs grade=gain after the dot, found " + malformed);
    }
    return pairs;
  }

  private static Map<Integer, Double> gains(Map<String, Double> pairs) {
    Map<Integer, Double> gains = new LinkedHashMap<>();
    pairs.forEach(
        (name, gain) -> {
          if (INTEGER.matcher(name).matches()) {
            gains.put(Integer.valueOf(name), gain);
          }
        });
    return gains;
  }
}
