/**
 * Configuration: the records that {@code reference.conf} is read into, and how. Imports no other
 * package of the jobs.
 */
package dev.tandem.jobs.config;
