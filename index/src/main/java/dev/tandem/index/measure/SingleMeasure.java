package dev.tandem.index.measure;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** A measure with one value, given by a function. */
record SingleMeasure(
    String name, String valueName, Form form, ToDoubleFunction<JudgedRanking> function)
    implements Measure {

  SingleMeasure(String name, Form form, ToDoubleFunction<JudgedRanking> function) {
    this(name, name, form, function);
  }

  @Override
  public List<String> valueNames() {
    return List.of(valueName);
  }

  @Override
  public void compute(JudgedRanking ranking, double[] values, int at) {
    values[at] = function.applyAsDouble(ranking);
  }
}
