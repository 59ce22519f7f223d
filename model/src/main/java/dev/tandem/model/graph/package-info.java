/**
 * The dual encoder as a DL4J ComputationGraph. May import {@code encoder}, {@code loss}, {@code
 * optimize} and {@code queue}.
 */
package dev.tandem.model.graph;
