/**
 * The measures of trec_eval, by its names and to its printed digits.
 *
 * <p>The reference is trec_eval 10.0 (usnistgov/trec_eval). Its release 9 differs in {@code
 * iprec_at_recall_*} and {@code 11pt_avg} (a recall point became a count of passages by adding 0.9
 * and truncating, now by rounding), compared scores as floats, and had neither {@code rbp}, {@code
 * rbp_resid} nor {@code unj_*} in {@code all_trec}.
 *
 * <p>Measures may be named as ir_measures names them too, {@code nDCG@10}; the values are the same.
 *
 * <p>May import {@link dev.tandem.index.trec} and the JDK.
 */
package dev.tandem.index.measure;
