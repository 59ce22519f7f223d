/**
 * The BERT-family encoder: its shape, parameters, kernels and engines. Imports no other package of
 * the model.
 */
package dev.tandem.model.encoder;
