/**
 * Artifacts: directories on a Hadoop file system with a {@code manifest.json}, written beside and
 * renamed, reused where they are complete for the same inputs and configuration. Imports {@code
 * failure} only.
 */
package dev.tandem.jobs.artifact;
