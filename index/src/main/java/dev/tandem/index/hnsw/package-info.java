/**
 * Approximate search: graphs by Lucene's HNSW over the vectors of one part, their files, and search
 * through them with exact scores.
 *
 * <p>A graph is {@code NAME.hnsw} beside the part's vectors and {@code .ids}, so that the same
 * vectors serve exact and approximate search. Candidates that a search of the graph finds, by
 * float32 or by int8 products, are scored again by the exact score: results have the scores and the
 * order of {@link dev.tandem.index.search.ExactSearcher}, only some passages may be missing.
 *
 * <p>May import {@link dev.tandem.index.search}, {@link dev.tandem.index.vector}, Lucene's core and
 * the JDK.
 */
package dev.tandem.index.hnsw;
