/**
 * Exact inner-product search over vectors in memory, and merging what was found in several parts.
 *
 * <p>May import {@link dev.tandem.index.vector}, {@link dev.tandem.index.trec}, JavaCPP's OpenBLAS
 * and the JDK.
 */
package dev.tandem.index.search;
