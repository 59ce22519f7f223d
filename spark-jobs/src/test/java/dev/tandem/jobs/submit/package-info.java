/** Tests of the scripts in {@code submit/}. */
package dev.tandem.jobs.submit;
