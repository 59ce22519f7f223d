/** Progress of long phases on the console. Imports nothing of Tandem. */
package dev.tandem.jobs.progress;
