/** The command line and the main class of each job. Imports every package of the jobs. */
package dev.tandem.jobs;
