package dev.tandem.model.pretrained;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.CpuEncoderEngine;
import dev.tandem.model.encoder.EncoderEngine;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.encoder.TokenBatch;
import dev.tandem.model.tokenize.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The packed models give what ONNX Runtime computes from the same file. */
class OnnxRuntimeAgreementTest {

  private static final float TOLERANCE = 1e-4f;
  private static final int[] LENGTHS = {1, 2, 3, 17, 64, 129, 512};

  @ParameterizedTest
  @CsvSource({
    "all-MiniLM-L6-v2,/all-minilm-l6-v2.onnx",
    "bge-small-en-v1.5,/bge-small-en-v1.5.onnx",
    "e5-small-v2,/e5-small-v2.onnx"
  })
  void agreesAtEveryLength(String name, String resource) throws IOException, OrtException {
    PretrainedEncoder model = ModelSource.load("classpath:" + name, new Configuration(false));
    TokenBatch batch = texts(model);
    float[][][] hidden = onnxRuntime(resource, batch);
    try (INDArray parameters = Nd4j.createFromArray(model.parameters())) {
      for (Pooling pooling : List.of(Pooling.MEAN, Pooling.CLS)) {
        compare(parameters, model, pooling, batch, hidden);
      }
    }
  }

  private static void compare(
      INDArray parameters,
      PretrainedEncoder model,
      Pooling pooling,
      TokenBatch batch,
      float[][][] hidden) {
    int width = model.architecture().hiddenSize();
    try (EncoderEngine engine =
            new CpuEncoderEngine(model.architecture(), pooling, Compute.FLOAT32);
        INDArray embeddings = Nd4j.create(DataType.FLOAT, batch.texts(), width)) {
      engine.encode(parameters, batch, embeddings);
      float[][] found = embeddings.toFloatMatrix();
      for (int text = 0; text < batch.texts(); text++) {
        float[] expected = pool(hidden[text], pooling);
        assertThat(largestDifference(found[text], expected))
            .as("%s, %s, text of %d tokens", model.name(), pooling, batch.length(text))
            .isLessThan(TOLERANCE);
        assertThat(largestDifference(normalized(found[text]), normalized(expected)))
            .as("%s, %s, text of %d tokens, unit length", model.name(), pooling, batch.length(text))
            .isLessThan(TOLERANCE);
      }
    }
  }

  /** A sentence first, then random word pieces of several lengths, out of order. */
  private static TokenBatch texts(PretrainedEncoder model) {
    List<int[]> texts = new ArrayList<>();
    try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.fromJson(model.tokenizer())) {
      texts.add(tokenizer.encode("A dual encoder maps queries and passages to vectors.", 32));
    }
    Random random = new Random(11);
    for (int length : LENGTHS) {
      texts.add(random.ints(length, 0, model.architecture().vocabularySize()).toArray());
    }
    texts.add(3, new int[] {101, 102});
    return TokenBatch.of(texts);
  }

  /** Token representations of every text, each run alone and so without padding. */
  private static float[][][] onnxRuntime(String resource, TokenBatch batch)
      throws IOException, OrtException {
    byte[] file;
    try (InputStream in = OnnxRuntimeAgreementTest.class.getResourceAsStream(resource)) {
      file = in.readAllBytes();
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    float[][][] hidden = new float[batch.texts()][][];
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      try (OrtSession session = environment.createSession(file, options)) {
        for (int text = 0; text < batch.texts(); text++) {
          long[][] ids = new long[1][batch.length(text)];
          long[][] mask = new long[1][batch.length(text)];
          for (int i = 0; i < ids[0].length; i++) {
            ids[0][i] = batch.ids()[batch.offsets()[text] + i];
            mask[0][i] = 1;
          }
          try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, ids);
              OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask);
              OnnxTensor types =
                  OnnxTensor.createTensor(environment, new long[1][batch.length(text)]);
              OrtSession.Result result =
                  session.run(
                      Map.of(
                          "input_ids", idTensor,
                          "attention_mask", maskTensor,
                          "token_type_ids", types))) {
            hidden[text] = ((float[][][]) result.get(0).getValue())[0];
          }
        }
      }
    }
    return hidden;
  }

  private static float[] pool(float[][] tokens, Pooling pooling) {
    if (pooling == Pooling.CLS) {
      return tokens[0];
    }
    float[] mean = new float[tokens[0].length];
    for (int i = 0; i < mean.length; i++) {
      double sum = 0;
      for (float[] token : tokens) {
        sum += token[i];
      }
      mean[i] = (float) (sum / tokens.length);
    }
    return mean;
  }

  private static float largestDifference(float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    float largest = 0;
    for (int i = 0; i < found.length; i++) {
      float difference = Math.abs(found[i] - expected[i]);
      largest = difference <= largest ? largest : difference; // keeps a NaN
    }
    return largest;
  }

  private static float[] normalized(float[] vector) {
    double square = 0;
    for (float value : vector) {
      square += (double) value * value;
    }
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / Math.sqrt(square));
    }
    return unit;
  }
}
