/**
 * Collections, queries and judgements in their formats, checked line by line. May import {@code
 * config}, {@code failure} and {@code artifact}.
 */
package dev.tandem.jobs.data;
