package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * For Spark in local mode, where tasks run in the driver's process: arrays are handed over as they
 * are, off heap. Nothing is serialized.
 */
final class SharedMemoryTransport implements Transport {
  private static final long serialVersionUID = 1L;
  private static final Map<String, RoundState> STATES = new ConcurrentHashMap<>();
  private static final Map<String, Map<Long, Result>> RESULTS = new ConcurrentHashMap<>();

  private record Result(INDArray parameters, INDArray updaterState) {
    void close() {
      parameters.close();
      if (updaterState != null) {
        updaterState.close();
      }
    }
  }

  private record InMemory(String key) implements Sent {
    @Override
    public RoundState get() {
      return STATES.get(key);
    }

    @Override
    public void release() {
      STATES.remove(key);
    }
  }

  private static String key(RoundState state) {
    return state.run() + " " + state.attempt();
  }

  @Override
  public Sent send(JavaSparkContext spark, RoundState state) {
    STATES.put(key(state), state);
    RESULTS.put(key(state), new ConcurrentHashMap<>());
    return new InMemory(key(state));
  }

  @Override
  public void leave(RoundState state, long task, INDArray parameters, INDArray updaterState) {
    Map<Long, Result> results = RESULTS.get(key(state));
    if (results != null) {
      results.put(
          task, new Result(parameters.dup(), updaterState == null ? null : updaterState.dup()));
    }
  }

  @Override
  public void addTo(INDArray parameterSum, INDArray updaterSum, RoundState state, long task)
      throws IOException {
    Result result = RESULTS.get(key(state)).remove(task);
    if (result == null) {
      throw new IOException("the result of task " + task + " is gone");
    }
    parameterSum.addi(result.parameters.reshape(parameterSum.shape()));
    if (updaterSum != null) {
      updaterSum.addi(result.updaterState.reshape(updaterSum.shape()));
    }
    result.close();
  }

  @Override
  public void forget(RoundState state) {
    Map<Long, Result> left = RESULTS.remove(key(state));
    if (left != null) {
      left.values().forEach(Result::close);
    }
  }
}
