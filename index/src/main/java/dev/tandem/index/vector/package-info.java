/**
 * Vectors and their passage ids on disk and in memory: one part of a set of vector shards.
 *
 * <p>A part is two or three files. {@code NAME.f32} holds the vectors as little-endian float32,
 * row-major, without header, below 2 GB. {@code NAME.ids} holds the passages' ids in the same
 * order, UTF-8, each ended by a newline. {@code NAME.passages}, which a part may lack, holds their
 * texts and hashes, see {@link dev.tandem.index.vector.PassageReader}. What describes them, a
 * {@link dev.tandem.index.vector.VectorPart}, is kept in the manifest of the whole set.
 *
 * <p>May import the JDK, Hadoop's file system and JavaCPP's pointers.
 */
package dev.tandem.index.vector;
