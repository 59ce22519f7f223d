/** Logging set-up of the driver. Imports nothing of Tandem. */
package dev.tandem.jobs.logging;
