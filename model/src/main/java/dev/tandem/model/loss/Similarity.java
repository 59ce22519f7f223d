package dev.tandem.model.loss;

/** How the score of a query and a passage is computed from their embeddings. */
public enum Similarity {
  /** Inner product of the embeddings scaled to unit length. */
  COSINE,
  /** Inner product of the embeddings as they are. */
  DOT
}
