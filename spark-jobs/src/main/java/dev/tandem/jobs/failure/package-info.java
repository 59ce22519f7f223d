/** Failures that a person can act on, and their exit statuses. Imports nothing of Tandem. */
package dev.tandem.jobs.failure;
