package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.model.graph.ContrastiveOutput;
import dev.tandem.model.queue.NegativeQueue;
import dev.tandem.model.queue.RelevanceMatrix;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One parameter update of a dual encoder's graph from one or more minibatches: what {@code
 * ComputationGraph.fit} does, with gradients averaged over minibatches before the updater sees them
 * and the passages' embeddings put into the negative queue after it.
 */
public final class ContrastiveStep {
  /** What fills up rows of token ids that are shorter than the longest. */
  private static final float PADDING = -1f;

  private final ComputationGraph graph;
  private final NegativeQueue queue;
  private final WorkerSettings settings;

  /**
   * Steps of a graph.
   *
   * @param graph with the inputs query, passage and, where there is a queue, queue and the queued
   *     queries where it keeps pairs
   * @param queue or null
   */
  public ContrastiveStep(ComputationGraph graph, NegativeQueue queue, WorkerSettings settings) {
    this.graph = graph;
    this.queue = queue;
    this.settings = settings;
  }

  /**
   * Computes gradients, updates parameters and counts the iteration. With a loss that is not a
   * finite number nothing is updated.
   *
   * @param minibatches none of them empty
   * @return the mean loss, each minibatch weighted by its number of pairs
   */
  public double run(List<Minibatch> minibatches) {
    int pairs = minibatches.stream().mapToInt(Minibatch::pairs).sum();
    double loss = 0;
    INDArray sum = null;
    ContrastiveOutput output = (ContrastiveOutput) graph.getOutputLayer(0);
    INDArray[] passages = new INDArray[minibatches.size()];
    INDArray[] queries = new INDArray[minibatches.size()];
    for (int i = 0; i < minibatches.size(); i++) {
      Minibatch minibatch = minibatches.get(i);
      double share = (double) minibatch.pairs() / pairs;
      loss += share * gradient(minibatch);
      if (!Double.isFinite(loss)) {
        return loss;
      }
      passages[i] = output.lastPassageEmbeddings();
      queries[i] = output.lastQueryEmbeddings();
      if (minibatches.size() > 1) {
        INDArray gradient = graph.getGradientsViewArray();
        if (sum == null) {
          sum = gradient.mul(share);
        } else {
          sum.addi(gradient.muli(share));
        }
      }
    }
    if (sum != null) {
      graph.getGradientsViewArray().assign(sum);
      sum.close();
    }
    update(pairs);
    if (queue != null) {
      for (int i = 0; i < passages.length; i++) {
        stage(minibatches.get(i), passages[i], queries[i]);
      }
    }
    return loss;
  }

  private void stage(Minibatch minibatch, INDArray passages, INDArray queries) {
    List<String> ids = Arrays.asList(minibatch.passageIds());
    if (settings.queue().pairs()) {
      queue.stage(ids, passages, queries, minibatch.knownPositives());
    } else {
      queue.stage(ids, passages);
    }
  }

  /** Leaves the gradient in the graph's flat view and returns the loss. */
  private double gradient(Minibatch minibatch) {
    INDArray queries = padded(minibatch.queries());
    INDArray passages = padded(minibatch.passages());
    boolean pairs = settings.queue().pairs();
    if (queue == null) {
      graph.setInputs(queries, passages);
    } else if (pairs) {
      graph.setInputs(queries, passages, queue.embeddings(), queue.queries());
    } else {
      graph.setInputs(queries, passages, queue.embeddings());
    }
    graph.setLabels(
        RelevanceMatrix.of(
            Arrays.stream(minibatch.knownPositives()).map(Arrays::asList).toList(),
            Arrays.asList(minibatch.passageIds()),
            queue == null ? new String[0] : queue.ids(),
            pairs ? queue.knownPositives() : new String[0][],
            settings.otherPositives()));
    graph.computeGradientAndScore();
    return graph.score();
  }

  private void update(int pairs) {
    int iteration = graph.getIterationCount();
    graph
        .getUpdater()
        .update(
            graph.gradient(),
            iteration,
            graph.getEpochCount(),
            pairs,
            LayerWorkspaceMgr.noWorkspaces());
    graph.params().subi(graph.getGradientsViewArray().reshape(graph.params().shape()));
    graph.getConfiguration().setIterationCount(iteration + 1);
  }

  /** The learning rate of the last update, or of the first layer where layers differ. */
  double learningRate() {
    int iteration = Math.max(0, graph.getIterationCount() - 1);
    return LearningRate.at(graph.getConfiguration(), iteration, graph.getEpochCount());
  }

  private static INDArray padded(int[][] rows) {
    int width = Arrays.stream(rows).mapToInt(row -> row.length).max().orElseThrow();
    float[] ids = new float[rows.length * width];
    Arrays.fill(ids, PADDING);
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        ids[i * width + j] = rows[i][j];
      }
    }
    return Nd4j.create(ids, new long[] {rows.length, width}, DataType.FLOAT);
  }
}
