/**
 * The catalogue of an index: immutable versions on a Hadoop file system, which of them is current,
 * and who is reading what.
 *
 * <pre>
 * INDEX/
 *   versions/VERSION/          files of one version; manifest.json is written last
 *   publications/00000017.json one publication each, numbered without gaps; the highest is current
 *   leases/VERSION/ID.json     someone is reading or writing this version
 *   deleting/VERSION/ID.json   someone is deleting this version: nobody may begin to read it
 *   CURRENT                    the current version's name, for people; nothing reads it
 * </pre>
 *
 * <p>Nothing relies on renaming over a file or on renaming directories. The one decision, which of
 * two writers publishes, is the creation of the next numbered file ({@link
 * dev.tandem.index.catalogue.ExclusiveFile} says how that is made exclusive on which store).
 *
 * <p>{@link dev.tandem.index.catalogue.VersionCache} keeps copies of versions on the local disk.
 *
 * <p>May import the JDK, Hadoop's file system, Jackson and {@link dev.tandem.index.vector}.
 */
package dev.tandem.index.catalogue;
