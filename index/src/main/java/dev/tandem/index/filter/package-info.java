/**
 * Conditions on passages' metadata, and which rows of a part meet them.
 *
 * <p>May import {@link dev.tandem.index.vector} and the JDK.
 */
package dev.tandem.index.filter;
