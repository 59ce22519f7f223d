/**
 * Weights, architecture and tokenizer in and out: Hugging Face directories, packed ONNX models. May
 * import {@code encoder} and {@code tokenize}.
 */
package dev.tandem.model.pretrained;
