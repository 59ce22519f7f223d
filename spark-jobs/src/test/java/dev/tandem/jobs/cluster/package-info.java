/** A real standalone cluster for integration tests, from the artifacts Maven resolved. */
package dev.tandem.jobs.cluster;
