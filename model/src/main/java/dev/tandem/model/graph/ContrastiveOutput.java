package dev.tandem.model.graph;

import dev.tandem.model.loss.ContrastiveLoss;
import dev.tandem.model.loss.LossValue;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What {@link ContrastiveOutputLayer} configures: evaluates the loss once for a pair of input and
 * labels, and gives out its value and gradient. Not thread-safe, like every DL4J layer.
 */
public final class ContrastiveOutput extends AbstractLayer<ContrastiveOutputLayer>
    implements IOutputLayer {
  private static final long serialVersionUID = 1L;

  private final transient ContrastiveLoss loss;
  private transient INDArray labels;
  private transient LossValue value;
  private transient INDArray lastQueries;
  private transient INDArray lastPassages;
  private double score;

  ContrastiveOutput(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
    this.loss = layerConf().loss().create();
  }

  /**
   * The passages' embeddings [N, d] of the last evaluation, a copy that stays valid, for the
   * negative queue.
   *
   * @throws IllegalStateException if the loss was never evaluated
   */
  public INDArray lastPassageEmbeddings() {
    if (lastPassages == null) {
      throw new IllegalStateException("no batch has been evaluated yet");
    }
    return lastPassages;
  }

  /**
   * The queries' embeddings [B, d] of the last evaluation, a copy that stays valid.
   *
   * @throws IllegalStateException if the loss was never evaluated
   */
  public INDArray lastQueryEmbeddings() {
    if (lastQueries == null) {
      throw new IllegalStateException("no batch has been evaluated yet");
    }
    return lastQueries;
  }

  @Override
  public void setInput(INDArray input, LayerWorkspaceMgr workspaceMgr) {
    super.setInput(input, workspaceMgr);
    value = null;
  }

  @Override
  public void setLabels(INDArray labels) {
    this.labels = labels;
    value = null;
  }

  @Override
  public INDArray getLabels() {
    return labels;
  }

  private LossValue evaluate() {
    if (value == null) {
      requireInputAndLabels();
      int queue = layerConf().queue().capacity();
      int queued = layerConf().queue().pairs() ? queue : 0;
      int queries = labels.rows() - queued;
      int passages = labels.columns() - queue;
      if (queries <= 0 || passages <= 0 || input.rows() != queries + passages + queue + queued) {
        throw new IllegalArgumentException(
            ("labels %s and a queue of %d places%s need an input of %d rows, queries, passages and"
                    + " queue, but it is %s")
                .formatted(
                    Arrays.toString(labels.shape()),
                    queue,
                    queued > 0 ? " with queries" : "",
                    queries + labels.columns() + queued,
                    Arrays.toString(input.shape())));
      }
      // the value is used in several workspace scopes, so it may live in none of them
      try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        lastQueries = rows(0, queries).dup('c');
        lastPassages = rows(queries, queries + passages).dup('c');
        value =
            loss.evaluate(
                lastQueries,
                lastPassages,
                queue == 0 ? null : rows(queries + passages, queries + passages + queue),
                labelRows(0, queries));
        if (queued > 0) {
          addQueuedQueries(queries, passages, queued);
        }
      }
    }
    return value;
  }

  /**
   * Adds to the passages' gradient that of the queued queries' loss, in which passages of batch and
   * queue are candidates. The loss is a mean over its queries, so as many count as much as one of
   * the batch each; places without a query add nothing.
   */
  private void addQueuedQueries(int queries, int passages, int queued) {
    int end = queries + passages + queued;
    LossValue past =
        loss.evaluate(
            rows(end, end + queued),
            rows(queries, end),
            null,
            labelRows(queries, queries + queued));
    INDArray gradient =
        past.passageGradient().get(NDArrayIndex.interval(0, passages), NDArrayIndex.all());
    value.passageGradient().addi(gradient.mul((double) queued / queries));
  }

  private void requireInputAndLabels() {
    if (input == null || labels == null) {
      throw new IllegalStateException(
          "the loss needs input and labels, but has no "
              + (input == null ? "input " : "labels ")
              + layerId());
    }
  }

  private INDArray labelRows(int from, int to) {
    return labels.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
  }

  private INDArray rows(int from, int to) {
    return input.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
  }

  @Override
  public double computeScore(
      double fullNetworkRegScore, boolean training, LayerWorkspaceMgr workspaceMgr) {
    score = evaluate().loss() + fullNetworkRegScore;
    return score;
  }

  @Override
  public void computeGradientAndScore(LayerWorkspaceMgr workspaceMgr) {
    score = evaluate().loss();
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(
      INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
    LossValue evaluated = evaluate();
    INDArray query = evaluated.queryGradient();
    INDArray passage = evaluated.passageGradient();
    INDArray gradient =
        workspaceMgr.create(ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    int queries = query.rows();
    int encoded = queries + passage.rows();
    gradient.get(NDArrayIndex.interval(0, queries), NDArrayIndex.all()).assign(query);
    gradient.get(NDArrayIndex.interval(queries, encoded), NDArrayIndex.all()).assign(passage);
    return new Pair<>(new DefaultGradient(), gradient);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
    return workspaceMgr.dup(ArrayType.ACTIVATIONS, input, 'c');
  }

  @Override
  public double score() {
    return score;
  }

  @Override
  public Gradient gradient() {
    return new DefaultGradient();
  }

  @Override
  public boolean needsLabels() {
    return true;
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  @Override
  public void clearNoiseWeightParams() {
    // there are no parameters
  }

  @Override
  public void clear() {
    super.clear();
    labels = null;
    value = null;
  }

  @Override
  public int numLabels() {
    return labels.columns();
  }

  /** Not supported: the loss of a batch has no parts that belong to single rows of its input. */
  @Override
  public INDArray computeScoreForExamples(
      double fullNetworkRegScore, LayerWorkspaceMgr workspaceMgr) {
    throw new UnsupportedOperationException("a contrastive loss has no score for single examples");
  }

  @Override
  public double f1Score(DataSet data) {
    throw notAClassifier();
  }

  @Override
  public double f1Score(INDArray examples, INDArray labels) {
    throw notAClassifier();
  }

  @Override
  public int[] predict(INDArray examples) {
    throw notAClassifier();
  }

  @Override
  public List<String> predict(DataSet dataSet) {
    throw notAClassifier();
  }

  @Override
  public void fit(DataSetIterator iterator) {
    throw notAlone();
  }

  @Override
  public void fit(INDArray examples, INDArray labels) {
    throw notAlone();
  }

  @Override
  public void fit(DataSet data) {
    throw notAlone();
  }

  @Override
  public void fit(INDArray examples, int[] labels) {
    throw notAlone();
  }

  private static UnsupportedOperationException notAClassifier() {
    return new UnsupportedOperationException("a contrastive output layer does not classify");
  }

  private static UnsupportedOperationException notAlone() {
    return new UnsupportedOperationException("an output layer is trained as part of its network");
  }
}
