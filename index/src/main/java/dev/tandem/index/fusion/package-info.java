/**
 * Several rankings of the same passages made into one.
 *
 * <p>May import {@link dev.tandem.index.search}, {@link dev.tandem.index.vector}, {@link
 * dev.tandem.index.trec} and the JDK.
 */
package dev.tandem.index.fusion;
