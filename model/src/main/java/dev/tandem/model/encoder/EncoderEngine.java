package dev.tandem.model.encoder;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward and backward pass of a BERT-family encoder with pooling, over one flat parameter view.
 *
 * <p>An engine owns scratch memory off heap that grows to the largest batch seen and lives until
 * {@link #close()}. It is not thread-safe: one engine a thread. Parameters are the caller's and may
 * change between calls; arrays passed in are c-order, contiguous and float32.
 */
public interface EncoderEngine extends AutoCloseable {

  /** The shape of the encoder. */
  EncoderArchitecture architecture();

  /** How token representations become an embedding. */
  Pooling pooling();

  /** What the linear layers multiply. */
  Compute compute();

  /**
   * Promises that these parameters keep their values and their place until {@link #release}, so
   * that what the engine makes of them, weights in another precision, is made once and not at every
   * {@link #encode}. Without it every call reads the parameters anew.
   *
   * @param parameters as in {@link #encode}
   */
  void hold(INDArray parameters);

  /** Ends the promise of {@link #hold}; nothing where there is none. */
  void release();

  /**
   * Embeddings of a batch, for inference.
   *
   * @param parameters the flat view, [1, size] or [size] with {@link ParameterLayout#size()}
   *     elements
   * @param batch texts of at most {@link EncoderArchitecture#maxPositions()} tokens with ids below
   *     {@link EncoderArchitecture#vocabularySize()}
   * @param embeddings receives the pooled embeddings, [texts, hidden]
   * @throws IllegalArgumentException if a shape, a length or an id is out of range
   */
  void encode(INDArray parameters, TokenBatch batch, INDArray embeddings);

  /**
   * Like {@link #encode}, and keeps the activations that {@link #backward} needs, until the next
   * forward pass.
   */
  void forward(INDArray parameters, TokenBatch batch, INDArray embeddings);

  /**
   * Gradient of a loss with respect to the parameters, for the batch of the last {@link #forward},
   * whose activations it uses up: one backward pass a forward pass.
   *
   * @param parameters the same values as in that forward pass
   * @param embeddingGradient gradient with respect to the pooled embeddings, [texts, hidden]
   * @param parameterGradient receives the gradient in the layout of the parameters; overwritten
   * @throws IllegalStateException if no forward pass precedes, or its activations are used up
   */
  void backward(INDArray parameters, INDArray embeddingGradient, INDArray parameterGradient);

  /** Frees the scratch memory. The engine must not be used afterwards. */
  @Override
  void close();
}
