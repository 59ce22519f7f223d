/**
 * Vectors and their passage ids on disk and in memory: one part of a set of vector shards.
 *
 * <p>A part is two to four files. The first holds the vectors, row-major, without header, below 2
 * GB, in one of three storages ({@link dev.tandem.index.vector.VectorStorage}): {@code NAME.f32} as
 * little-endian float32; {@code NAME.f16} as little-endian IEEE half precision; {@code NAME.i8} as
 * a signed byte for each component, and behind the rows of all vectors a little-endian float32 for
 * each vector, the scale that its bytes are multiplied by. In memory all are float32. {@code
 * NAME.ids} holds the passages' ids in the same order, UTF-8, each ended by a newline. {@code
 * NAME.passages}, which a part may lack, holds their texts and hashes, see {@link
 * dev.tandem.index.vector.PassageReader}. {@code NAME.metadata}, which a part may lack too, holds
 * the metadata of the rows' passages by column, see {@link
 * dev.tandem.index.vector.PassageMetadata}. What describes them, a {@link
 * dev.tandem.index.vector.VectorPart}, is kept in the manifest of the whole set.
 *
 * <p>A description that says no storage is of before there was a choice and means float32.
 *
 * <p>A part on the local file system can be mapped instead of read.
 *
 * <p>May import the JDK, Hadoop's file system and JavaCPP's pointers.
 */
package dev.tandem.index.vector;
