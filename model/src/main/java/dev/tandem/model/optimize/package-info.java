/**
 * Updaters and learning-rate schedules from configuration. Imports no other package of the model.
 */
package dev.tandem.model.optimize;
