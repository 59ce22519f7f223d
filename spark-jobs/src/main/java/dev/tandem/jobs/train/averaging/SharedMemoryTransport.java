package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockManagerId;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * For Spark in local mode, where tasks run in the driver's process: arrays are handed over as they
 * are, off heap. Nothing is serialized.
 */
final class SharedMemoryTransport implements Transport {
  private static final Map<String, Shared> OPEN = new ConcurrentHashMap<>();

  private record Shared(
      RoundState round, INDArray parameters, INDArray updaterState, Map<Long, Result> results) {}

  private record Result(INDArray parameters, INDArray updaterState) {
    void close() {
      parameters.close();
      if (updaterState != null) {
        updaterState.close();
      }
    }
  }

  @Override
  public Exchange open(
      JavaSparkContext spark, RoundState round, INDArray parameters, INDArray updaterState) {
    String key = round.run() + " " + round.attempt();
    OPEN.put(key, new Shared(round, parameters, updaterState, new ConcurrentHashMap<>()));
    return new InMemory(key);
  }

  @Override
  public void announce(
      JavaSparkContext spark, Exchange exchange, Collection<BlockManagerId> processes) {
    // Everything is here already.
  }

  private record InMemory(String key) implements Exchange {
    private Shared shared() {
      Shared shared = OPEN.get(key);
      if (shared == null) {
        throw new IllegalStateException("the round " + key + " is over");
      }
      return shared;
    }

    @Override
    public RoundState round() {
      return shared().round;
    }

    @Override
    public void copyParametersTo(INDArray target) {
      target.assign(shared().parameters.reshape(target.shape()));
    }

    @Override
    public void copyUpdaterStateTo(INDArray target) {
      target.assign(shared().updaterState.reshape(target.shape()));
    }

    @Override
    public void leave(long task, INDArray parameters, INDArray updaterState) {
      Shared shared = OPEN.get(key);
      if (shared == null) {
        return; // an attempt that nobody waits for
      }
      INDArray sent =
          shared.round.averaging().wire().isDifference()
              ? prepared(shared.round.averaging().wire(), parameters, shared.parameters)
              : parameters.dup();
      shared.results.put(task, new Result(sent, updaterState == null ? null : updaterState.dup()));
    }

    private static INDArray prepared(Wire wire, INDArray parameters, INDArray start) {
      INDArray result = Nd4j.createUninitialized(DataType.FLOAT, parameters.length());
      HostAccess from = HostAccess.of(parameters);
      HostAccess began = HostAccess.of(start);
      HostAccess to = HostAccess.of(result);
      float[] values = new float[HostAccess.STRETCH];
      float[] before = new float[HostAccess.STRETCH];
      for (long at = 0; at < from.length(); at += HostAccess.STRETCH) {
        int count = (int) Math.min(HostAccess.STRETCH, from.length() - at);
        from.read(at, values, count);
        began.read(at, before, count);
        wire.prepare(values, before, count);
        to.write(at, values, count);
      }
      return result;
    }

    @Override
    public void mean(INDArray parameters, INDArray updaterState, List<WorkerReport> reports)
        throws IOException {
      boolean first = true;
      for (WorkerReport report : reports) {
        Result result = shared().results.remove(report.taskAttempt());
        if (result == null) {
          throw new IOException("the result of task " + report.taskAttempt() + " is gone");
        }
        add(parameters, result.parameters, first);
        if (updaterState != null) {
          add(updaterState, result.updaterState, first);
        }
        result.close();
        first = false;
      }
      if (reports.size() > 1) {
        parameters.divi(reports.size());
        if (updaterState != null) {
          updaterState.divi(reports.size());
        }
      }
    }

    private static void add(INDArray sum, INDArray result, boolean first) {
      INDArray alike = result.reshape(sum.shape());
      if (first) {
        sum.assign(alike);
      } else {
        sum.addi(alike);
      }
    }

    @Override
    public void close() {
      Shared shared = OPEN.remove(key);
      if (shared != null) {
        shared.results.values().forEach(Result::close);
      }
    }
  }
}
