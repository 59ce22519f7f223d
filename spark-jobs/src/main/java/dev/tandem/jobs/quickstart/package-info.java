/**
 * The whole way in one command, on the sources of well-known libraries. May import every package of
 * the jobs but {@code dev.tandem.jobs} itself.
 */
package dev.tandem.jobs.quickstart;
