/**
 * Whether one run is better than another beyond chance: paired t-test, Fisher's randomization test,
 * Holm's correction over all comparisons made.
 *
 * <p>May import {@link dev.tandem.index.measure}, commons-math3 and the JDK.
 */
package dev.tandem.index.significance;
