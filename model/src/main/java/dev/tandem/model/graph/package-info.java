/** The dual encoder as a DL4J ComputationGraph. May import {@code encoder} and {@code loss}. */
package dev.tandem.model.graph;
