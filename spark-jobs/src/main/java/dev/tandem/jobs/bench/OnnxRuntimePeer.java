package dev.tandem.jobs.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tandem.model.encoder.TokenBatch;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * ONNX Runtime running a packed model. Only touched where its classes are there ({@link
 * OnnxRuntime}). Batches are padded to their longest text and given as tensors beforehand; what is
 * timed is the model alone, without pooling. Close it to free its native memory.
 */
final class OnnxRuntimePeer implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession.SessionOptions options;
  private final OrtSession session;

  private OnnxRuntimePeer(
      OrtEnvironment environment, OrtSession.SessionOptions options, OrtSession session) {
    this.environment = environment;
    this.options = options;
    this.session = session;
  }

  /**
   * Loads a model.
   *
   * @param model the bytes of the ONNX file
   * @param threads within an operation
   * @throws PeerException if it does not load
   */
  static OnnxRuntimePeer of(byte[] model, int threads) throws PeerException {
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      OrtSession.SessionOptions options = new OrtSession.SessionOptions();
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      return new OnnxRuntimePeer(environment, options, environment.createSession(model, options));
    } catch (OrtException | LinkageError e) {
      throw new PeerException("ONNX Runtime does not load: " + e.getMessage(), e);
    }
  }

  /** Its version. */
  Map<String, String> versions() {
    return new TreeMap<>(Map.of("onnxruntime", environment.getVersion()));
  }

  /** Batches as tensors. Close it to free them. */
  final class Batches implements AutoCloseable {
    private final List<Map<String, OnnxTensor>> inputs = new java.util.ArrayList<>();

    Batches(List<TokenBatch> batches) throws PeerException {
      try {
        for (TokenBatch batch : batches) {
          inputs.add(tensors(batch));
        }
      } catch (OrtException e) {
        close();
        throw new PeerException("ONNX Runtime takes no such tensors: " + e.getMessage(), e);
      }
    }

    private Map<String, OnnxTensor> tensors(TokenBatch batch) throws OrtException {
      int longest = batch.longest();
      long[][] ids = new long[batch.texts()][longest];
      long[][] mask = new long[batch.texts()][longest];
      for (int text = 0; text < batch.texts(); text++) {
        for (int i = 0; i < batch.length(text); i++) {
          ids[text][i] = batch.ids()[batch.offsets()[text] + i];
          mask[text][i] = 1;
        }
      }
      Map<String, OnnxTensor> tensors = new HashMap<>();
      tensors.put("input_ids", OnnxTensor.createTensor(environment, ids));
      tensors.put("attention_mask", OnnxTensor.createTensor(environment, mask));
      tensors.put(
          "token_type_ids", OnnxTensor.createTensor(environment, new long[batch.texts()][longest]));
      return tensors;
    }

    /** Runs all batches; gives the seconds it took. */
    double run() throws IOException {
      try {
        long start = System.nanoTime();
        for (Map<String, OnnxTensor> input : inputs) {
          session.run(input).close();
        }
        return (System.nanoTime() - start) / 1e9;
      } catch (OrtException e) {
        throw new PeerException("ONNX Runtime failed: " + e.getMessage(), e);
      }
    }

    /** The mean of each text's token representations in the first batch. */
    float[][] firstEmbeddings(TokenBatch batch) throws PeerException {
      try (OrtSession.Result result = session.run(inputs.get(0))) {
        float[][][] tokens = (float[][][]) result.get(0).getValue();
        float[][] means = new float[batch.texts()][];
        for (int text = 0; text < means.length; text++) {
          means[text] = mean(tokens[text], batch.length(text));
        }
        return means;
      } catch (OrtException e) {
        throw new PeerException("ONNX Runtime failed: " + e.getMessage(), e);
      }
    }

    private float[] mean(float[][] tokens, int length) {
      float[] mean = new float[tokens[0].length];
      for (int i = 0; i < mean.length; i++) {
        double sum = 0;
        for (int token = 0; token < length; token++) {
          sum += tokens[token][i];
        }
        mean[i] = (float) (sum / length);
      }
      return mean;
    }

    @Override
    public void close() {
      inputs.forEach(input -> input.values().forEach(OnnxTensor::close));
      inputs.clear();
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime does not close", e);
    } finally {
      options.close();
    }
  }
}
