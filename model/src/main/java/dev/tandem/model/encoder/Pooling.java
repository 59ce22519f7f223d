package dev.tandem.model.encoder;

/** How the token representations of a text become its one embedding. */
public enum Pooling {
  /** The representation of the first token. */
  CLS,
  /** The mean over all tokens of the text, start and end token included. */
  MEAN,
  /** The largest value of each dimension over all tokens of the text. */
  MAX
}
