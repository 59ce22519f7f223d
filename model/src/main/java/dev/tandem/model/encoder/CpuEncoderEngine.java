package dev.tandem.model.encoder;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The encoder on the CPU: oneDNN for matrix products, OpenBLAS where there is none, and Vector API
 * kernels for everything between them. Needs the module {@code jdk.incubator.vector} and an ND4J
 * backend whose arrays lie in host memory. Uses the calling thread alone.
 */
public final class CpuEncoderEngine implements EncoderEngine {

  /**
   * Inference takes the texts in groups of about so many tokens through all blocks, so that
   * activations stay in cache and the scratch small.
   */
  private static final int INFERENCE_TOKENS = 1024;

  private final EncoderArchitecture architecture;
  private final Pooling pooling;
  private final ParameterLayout layout;
  private final Embeddings embeddings;
  private final TransformerBlock block;
  private final Compute compute;
  private final LinearLayers linears;
  private final CpuScratch inference;
  private final CpuScratch training;
  private final PoolingKernel inferencePooling;
  private final PoolingKernel trainingPooling;
  private EncoderTensors parameterViews;
  private EncoderTensors gradientViews;
  private TokenBatch trainingBatch;
  private boolean closed;

  /**
   * An engine without memory; it grows with the batches.
   *
   * @param compute what its linear layers multiply; {@link EncoderEngines#create} makes sure that
   *     this machine can
   */
  public CpuEncoderEngine(EncoderArchitecture architecture, Pooling pooling, Compute compute) {
    this.architecture = architecture;
    this.pooling = pooling;
    layout = ParameterLayout.of(architecture);
    embeddings = new Embeddings(architecture);
    block = new TransformerBlock(architecture);
    this.compute = compute;
    linears = LinearLayers.of(architecture, compute);
    inference = new CpuScratch(architecture, false);
    training = new CpuScratch(architecture, true);
    inferencePooling = new PoolingKernel(pooling, architecture.hiddenSize());
    trainingPooling = new PoolingKernel(pooling, architecture.hiddenSize());
  }

  @Override
  public EncoderArchitecture architecture() {
    return architecture;
  }

  @Override
  public Pooling pooling() {
    return pooling;
  }

  @Override
  public Compute compute() {
    return compute;
  }

  @Override
  public void hold(INDArray parameters) {
    requireOpen();
    linears.hold(parameters(parameters));
  }

  @Override
  public void release() {
    linears.release();
  }

  @Override
  public void encode(INDArray parameters, TokenBatch batch, INDArray output) {
    requireOpen();
    EncoderInputs.check(architecture, batch);
    EncoderTensors p = parameters(parameters);
    FloatMemory target = embeddingRows("embeddings", output, batch);
    linears.readForward(p);
    int first = 0;
    for (TokenBatch group : groups(batch)) {
      inference.fit(group);
      inferencePooling.forward(group, run(p, group, inference), target, first);
      first += group.texts();
    }
  }

  private static List<TokenBatch> groups(TokenBatch batch) {
    List<TokenBatch> groups = new ArrayList<>();
    int first = 0;
    for (int text = 0; text < batch.texts(); text++) {
      boolean last = text + 1 == batch.texts();
      if (last || batch.offsets()[text + 2] - batch.offsets()[first] > INFERENCE_TOKENS) {
        groups.add(batch.slice(first, text + 1));
        first = text + 1;
      }
    }
    return groups;
  }

  @Override
  public void forward(INDArray parameters, TokenBatch batch, INDArray output) {
    requireOpen();
    EncoderInputs.check(architecture, batch);
    EncoderTensors p = parameters(parameters);
    FloatMemory target = embeddingRows("embeddings", output, batch);
    linears.readForward(p);
    trainingBatch = null;
    training.fit(batch);
    trainingPooling.forward(batch, run(p, batch, training), target, 0);
    trainingBatch = batch;
  }

  /** Token representations of the last block, [tokens, hidden]. */
  private FloatMemory run(EncoderTensors p, TokenBatch batch, CpuScratch scratch) {
    FloatMemory tokens = scratch.embedded();
    embeddings.forward(p, batch, scratch.embeddingKept(), tokens);
    for (int i = 0; i < architecture.layers(); i++) {
      TransformerBlock.Activations activations = scratch.block(i);
      block.forward(linears.block(i), p.block(i), batch, tokens, activations, scratch.workspace());
      tokens = activations.output();
    }
    return tokens;
  }

  @Override
  public void backward(INDArray parameters, INDArray embeddingGradient, INDArray output) {
    requireOpen();
    if (trainingBatch == null) {
      throw new IllegalStateException("backward needs a forward pass before it, and only one");
    }
    TokenBatch batch = trainingBatch;
    EncoderTensors p = parameters(parameters);
    EncoderTensors g = gradients(output);
    FloatMemory source = embeddingRows("embedding gradient", embeddingGradient, batch);
    trainingBatch = null;
    g.flat().clear();
    linears.readBackward(p);
    trainingPooling.backward(batch, source, training.gradient());
    for (int i = architecture.layers() - 1; i >= 0; i--) {
      FloatMemory input = i == 0 ? training.embedded() : training.block(i - 1).output();
      block.backward(
          linears.block(i),
          p.block(i),
          g.block(i),
          batch,
          input,
          training.block(i),
          training.gradient(),
          training.workspace());
    }
    embeddings.backward(p, g, batch, training.embeddingKept(), training.gradient());
  }

  private FloatMemory embeddingRows(String what, INDArray array, TokenBatch batch) {
    return FloatMemory.of(what, array, (long) batch.texts() * architecture.hiddenSize());
  }

  private EncoderTensors parameters(INDArray array) {
    parameterViews = tensors("parameters", array, parameterViews);
    return parameterViews;
  }

  private EncoderTensors gradients(INDArray array) {
    gradientViews = tensors("parameter gradient", array, gradientViews);
    return gradientViews;
  }

  /**
   * Parameters stay where they are from call to call, so the views of the last call mostly serve.
   */
  private EncoderTensors tensors(String what, INDArray array, EncoderTensors last) {
    FloatMemory flat = FloatMemory.of(what, array, layout.size());
    boolean same = last != null && last.flat().address() == flat.address();
    return same ? last : new EncoderTensors(flat, architecture, layout);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    trainingBatch = null;
    inference.close();
    training.close();
    linears.close();
  }
}
