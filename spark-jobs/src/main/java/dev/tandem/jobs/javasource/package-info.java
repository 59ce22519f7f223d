/**
 * Data sets for code search from jars of Java sources: a method's first Javadoc sentence finds the
 * method. May import {@code artifact}, {@code data}, {@code failure} and {@code progress}.
 */
package dev.tandem.jobs.javasource;
