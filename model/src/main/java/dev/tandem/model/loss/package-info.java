/** Contrastive losses over query and passage embeddings. Imports no other package of the model. */
package dev.tandem.model.loss;
