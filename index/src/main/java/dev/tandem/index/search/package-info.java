/**
 * Exact inner-product search over vectors in memory, and merging what was found in several parts.
 *
 * <p>{@link dev.tandem.index.search.ExactSearcher} is where to begin. Fast products with a proven
 * error bound ({@code CoarseProducts}: of eight-bit integers, or of float32) choose candidates,
 * which {@code Reranking} scores exactly.
 *
 * <p>May import {@link dev.tandem.index.vector}, {@link dev.tandem.index.trec}, JavaCPP's OpenBLAS
 * and oneDNN, SLF4J and the JDK.
 */
package dev.tandem.index.search;
