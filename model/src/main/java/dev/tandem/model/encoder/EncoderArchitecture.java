package dev.tandem.model.encoder;

import java.io.Serializable;

/**
 * Shape of a BERT-family encoder, the numbers of a Hugging Face {@code config.json}.
 *
 * @param vocabularySize rows of the word embedding ({@code vocab_size})
 * @param hiddenSize width of a token's representation ({@code hidden_size}), a multiple of {@code
 *     heads}
 * @param layers transformer blocks ({@code num_hidden_layers})
 * @param heads attention heads a block ({@code num_attention_heads})
 * @param intermediateSize width inside the feed-forward part ({@code intermediate_size})
 * @param maxPositions longest sequence in tokens ({@code max_position_embeddings})
 * @param typeVocabularySize rows of the token type embedding ({@code type_vocab_size})
 * @param layerNormEpsilon the epsilon of every LayerNorm ({@code layer_norm_eps})
 */
public record EncoderArchitecture(
    int vocabularySize,
    int hiddenSize,
    int layers,
    int heads,
    int intermediateSize,
    int maxPositions,
    int typeVocabularySize,
    double layerNormEpsilon)
    implements Serializable {

  public EncoderArchitecture {
    requirePositive("vocabularySize", vocabularySize);
    requirePositive("hiddenSize", hiddenSize);
    requirePositive("layers", layers);
    requirePositive("heads", heads);
    requirePositive("intermediateSize", intermediateSize);
    requirePositive("maxPositions", maxPositions);
    requirePositive("typeVocabularySize", typeVocabularySize);
    if (hiddenSize % heads != 0) {
      throw new IllegalArgumentException(
          "hiddenSize " + hiddenSize + " is not a multiple of heads " + heads);
    }
    if (!(layerNormEpsilon > 0)) {
      throw new IllegalArgumentException("layerNormEpsilon must be positive: " + layerNormEpsilon);
    }
  }

  private static void requirePositive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }

  /** Width of one attention head. */
  public int headSize() {
    return hiddenSize / heads;
  }
}
