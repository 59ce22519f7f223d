package dev.tandem.model.graph;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.loss.LossSettings;
import dev.tandem.model.optimize.Optimizer;
import dev.tandem.model.queue.QueueSettings;
import java.io.Serializable;
import java.util.Objects;

/**
 * Everything that makes a {@link DualEncoderGraph}, its parameters apart.
 *
 * @param architecture the shape of each tower
 * @param pooling how token representations become an embedding
 * @param engine the kind of engine the towers run on, as {@link
 *     dev.tandem.model.encoder.EncoderEngines} knows it
 * @param compute what the linear layers multiply, where the machine can
 * @param sharedTowers whether queries and passages go through the same encoder
 * @param loss the loss
 * @param queue the negative queue
 * @param optimizer updater, schedule and weight decay
 * @param gradientClipping largest L2 norm of a tower's gradient, a larger one is scaled down to it;
 *     0 for no clipping
 * @param seed seed of initial values that are not set
 */
public record DualEncoderSettings(
    EncoderArchitecture architecture,
    Pooling pooling,
    String engine,
    Compute compute,
    boolean sharedTowers,
    LossSettings loss,
    QueueSettings queue,
    Optimizer optimizer,
    double gradientClipping,
    long seed)
    implements Serializable {

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if a number is negative
   * @throws NullPointerException if anything is null
   */
  public DualEncoderSettings {
    Objects.requireNonNull(architecture, "architecture");
    Objects.requireNonNull(pooling, "pooling");
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(compute, "compute");
    Objects.requireNonNull(loss, "loss");
    Objects.requireNonNull(queue, "queue");
    Objects.requireNonNull(optimizer, "optimizer");
    if (!(gradientClipping >= 0)) {
      throw new IllegalArgumentException(
          "gradientClipping must be at least 0, but is " + gradientClipping);
    }
  }
}
