package dev.tandem.model.encoder;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The encoder in ND4J operations, for any backend of ND4J; the one that runs on a GPU. On a CPU
 * {@link CpuEncoderEngine} is faster.
 *
 * <p>Built only from operations that are right and not unreasonably slow in ND4J 1.0.0-M2.1; among
 * others its LayerNorm, GELU and the gradient of gather are avoided. Intermediate arrays live
 * outside workspaces and are freed at the end of a call, or for {@link #forward} with the next
 * backward or forward pass.
 */
public final class Nd4jEncoderEngine implements EncoderEngine {

  private final EncoderArchitecture architecture;
  private final Pooling pooling;
  private final ParameterLayout layout;
  private final Nd4jLayerNorm embeddingNorm;
  private final Nd4jBlock block;
  private final Nd4jPooling poolingStep;
  private final ArrayScope trainingScope = new ArrayScope();
  private Pass training;
  private boolean closed;

  private record Pass(
      PackedTexts texts,
      Nd4jLayerNorm.Result embedded,
      List<Nd4jBlock.Kept> blocks,
      Nd4jPooling.Result pooled) {}

  /** An engine without memory. */
  public Nd4jEncoderEngine(EncoderArchitecture architecture, Pooling pooling) {
    this.architecture = architecture;
    this.pooling = pooling;
    layout = ParameterLayout.of(architecture);
    embeddingNorm = new Nd4jLayerNorm(architecture.layerNormEpsilon());
    block = new Nd4jBlock(architecture);
    poolingStep = new Nd4jPooling(pooling, architecture.hiddenSize());
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
    return Compute.FLOAT32;
  }

  /** Nothing, as this engine makes nothing of the parameters that it could keep. */
  @Override
  public void hold(INDArray parameters) {
    FloatMemory.requireDense("parameters", parameters, layout.size());
  }

  @Override
  public void release() {}

  @Override
  public void encode(INDArray parameters, TokenBatch batch, INDArray embeddings) {
    check(parameters, batch, embeddings);
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
        ArrayScope scope = new ArrayScope()) {
      Pass pass = run(scope, parameters, batch);
      embeddings.assign(pass.pooled().embeddings().reshape(embeddings.shape()));
    }
  }

  @Override
  public void forward(INDArray parameters, TokenBatch batch, INDArray embeddings) {
    check(parameters, batch, embeddings);
    forget();
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      training = run(trainingScope, parameters, batch);
      embeddings.assign(training.pooled().embeddings().reshape(embeddings.shape()));
    }
  }

  private void check(INDArray parameters, TokenBatch batch, INDArray embeddings) {
    requireOpen();
    EncoderInputs.check(architecture, batch);
    FloatMemory.requireDense("parameters", parameters, layout.size());
    FloatMemory.requireDense(
        "embeddings", embeddings, (long) batch.texts() * architecture.hiddenSize());
  }

  private Pass run(ArrayScope scope, INDArray parameters, TokenBatch batch) {
    TensorViews p = new TensorViews(parameters, layout);
    PackedTexts texts = new PackedTexts(scope, batch);
    INDArray sum =
        scope
            .rows(p.get("embeddings.word_embeddings.weight"), texts.ids())
            .addi(scope.rows(p.get("embeddings.position_embeddings.weight"), texts.positions()))
            .addiRowVector(firstType(p));
    Nd4jLayerNorm.Result embedded =
        embeddingNorm.forward(
            scope, sum, p.get("embeddings.LayerNorm.weight"), p.get("embeddings.LayerNorm.bias"));
    List<Nd4jBlock.Kept> blocks = new ArrayList<>();
    INDArray tokens = embedded.output();
    for (int i = 0; i < architecture.layers(); i++) {
      Nd4jBlock.Kept result = block.forward(scope, p.block(i), texts, tokens);
      blocks.add(result);
      tokens = result.output().output();
    }
    return new Pass(texts, embedded, blocks, poolingStep.forward(scope, batch, tokens));
  }

  /** Texts are single sentences, so all tokens have type 0. */
  private static INDArray firstType(TensorViews views) {
    return views.get("embeddings.token_type_embeddings.weight").getRow(0, true);
  }

  @Override
  public void backward(INDArray parameters, INDArray embeddingGradient, INDArray output) {
    requireOpen();
    if (training == null) {
      throw new IllegalStateException("backward needs a forward pass before it, and only one");
    }
    FloatMemory.requireDense("parameters", parameters, layout.size());
    FloatMemory.requireDense("parameter gradient", output, layout.size());
    FloatMemory.requireDense(
        "embedding gradient",
        embeddingGradient,
        (long) training.texts().texts() * architecture.hiddenSize());
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      backward(new TensorViews(parameters, layout), embeddingGradient, output);
    } finally {
      forget();
    }
  }

  private void backward(TensorViews p, INDArray embeddingGradient, INDArray output) {
    TensorViews g = new TensorViews(output, layout);
    PackedTexts texts = training.texts();
    ArrayScope scope = new ArrayScope();
    INDArray gradient =
        poolingStep.backward(
            scope,
            training.pooled(),
            embeddingGradient.reshape('c', texts.texts(), architecture.hiddenSize()));
    for (int i = architecture.layers() - 1; i >= 0; i--) {
      ArrayScope next = new ArrayScope();
      INDArray input =
          block.backward(next, p.block(i), g.block(i), texts, training.blocks().get(i), gradient);
      scope.close();
      scope = next;
      gradient = input;
    }
    embeddingBackward(scope, p, g, texts, gradient);
    scope.close();
  }

  private void embeddingBackward(
      ArrayScope scope, TensorViews p, TensorViews g, PackedTexts texts, INDArray gradient) {
    INDArray sum =
        embeddingNorm.backward(
            scope,
            training.embedded(),
            gradient,
            p.get("embeddings.LayerNorm.weight"),
            g.get("embeddings.LayerNorm.weight"),
            g.get("embeddings.LayerNorm.bias"));
    g.get("embeddings.word_embeddings.weight")
        .assign(scope.sumByGroup(sum, texts.ids(), architecture.vocabularySize()));
    g.get("embeddings.position_embeddings.weight")
        .assign(scope.sumByGroup(sum, texts.positions(), architecture.maxPositions()));
    INDArray types = g.get("embeddings.token_type_embeddings.weight");
    types.assign(0);
    types.getRow(0, true).assign(scope.columnSums(sum));
  }

  private void forget() {
    training = null;
    trainingScope.close();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    forget();
  }
}
