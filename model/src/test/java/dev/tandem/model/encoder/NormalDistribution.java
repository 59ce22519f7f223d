package dev.tandem.model.encoder;

/** The standard normal distribution in double precision. */
final class NormalDistribution {

  private NormalDistribution() {}

  /** By the series of Marsaglia (2004) around 0, which converges everywhere. */
  static double cdf(double x) {
    if (Math.abs(x) > 8) {
      return x > 0 ? 1 : 0;
    }
    double sum = x;
    double term = x;
    for (int i = 3; Math.abs(term) > 1e-18; i += 2) {
      term *= x * x / i;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  }
}
