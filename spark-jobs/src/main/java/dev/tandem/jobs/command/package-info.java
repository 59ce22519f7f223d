/**
 * The command line: what a command is, how it is started, and how it ends. Imports the
 * configuration, progress, logging set-up and failures, and no job.
 */
package dev.tandem.jobs.command;
