package dev.tandem.model.encoder;

/** Sum of word, position and token type embedding (always type 0), then LayerNorm. */
final class Embeddings {

  private final int hidden;
  private final LayerNormKernel norm;

  Embeddings(EncoderArchitecture architecture) {
    hidden = architecture.hiddenSize();
    norm = new LayerNormKernel(hidden, architecture.layerNormEpsilon());
  }

  /**
   * Embeds all tokens.
   *
   * @param kept receives the sums before LayerNorm and its statistics
   * @param output receives the embeddings, [tokens, hidden]
   */
  void forward(
      EncoderTensors parameters, TokenBatch batch, LayerNormKernel.Kept kept, FloatMemory output) {
    FloatMemory sum = kept.sum();
    for (int text = 0; text < batch.texts(); text++) {
      int first = batch.offsets()[text];
      for (int position = 0; position < batch.length(text); position++) {
        long row = (long) (first + position) * hidden;
        long word = (long) batch.ids()[first + position] * hidden;
        RowKernels.copy(parameters.words(), word, sum, row, hidden);
        RowKernels.add(parameters.positions(), (long) position * hidden, sum, row, hidden);
        RowKernels.add(parameters.types(), 0, sum, row, hidden);
      }
    }
    norm.normalize(kept, parameters.embeddingNorm(), output, batch.tokens());
  }

  /**
   * Adds the gradients of the embedding tables and the LayerNorm.
   *
   * @param gradient of the output, [tokens, hidden]; overwritten
   */
  void backward(
      EncoderTensors parameters,
      EncoderTensors gradients,
      TokenBatch batch,
      LayerNormKernel.Kept kept,
      FloatMemory gradient) {
    FloatMemory firstType = gradients.types().view(0, hidden);
    norm.backward(
        kept,
        parameters.embeddingNorm(),
        gradient,
        gradients.embeddingNorm(),
        firstType,
        batch.tokens());
    for (int text = 0; text < batch.texts(); text++) {
      int first = batch.offsets()[text];
      for (int position = 0; position < batch.length(text); position++) {
        long row = (long) (first + position) * hidden;
        long word = (long) batch.ids()[first + position] * hidden;
        RowKernels.add(gradient, row, gradients.words(), word, hidden);
        RowKernels.add(gradient, row, gradients.positions(), (long) position * hidden, hidden);
      }
    }
  }
}
