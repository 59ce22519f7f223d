/**
 * BM25 over texts with Lucene: an index of one shard of a collection, and what it takes to search
 * many of them as if they were one.
 *
 * <p>May import {@link dev.tandem.index.search}, {@link dev.tandem.index.vector}, {@link
 * dev.tandem.index.trec}, Lucene and the JDK.
 */
package dev.tandem.index.lexical;
