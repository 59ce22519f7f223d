/**
 * The dual encoder as a DL4J ComputationGraph. May import {@code encoder}, {@code loss} and {@code
 * optimize}.
 */
package dev.tandem.model.graph;
