package dev.tandem.jobs.train.averaging;

import dev.tandem.model.queue.NegativeQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an executor process keeps from round to round of a training run: ready graphs, and one slot
 * for each worker it has served, with its negative queue and, where it keeps one, its updater
 * state.
 *
 * <p>A task leases both for its part of a round. It prefers the slot that served its worker before,
 * which makes runs on a cluster that does not change repeatable; where that is on another executor,
 * any free slot will do, so that a queue goes on being used wherever tasks land.
 *
 * <p>What a task puts into its slot is staged. It stays staged until the next round's broadcast
 * says whether the driver accepted the attempt, and only then is committed or taken back: a task
 * that fails, runs twice or whose result is lost leaves no trace. Until then its slot is not leased
 * again.
 *
 * <p>Thread-safe; a lease belongs to one thread.
 */
final class WorkerSlots {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerSlots.class);
  private static final Map<String, WorkerSlots> BY_RUN = new HashMap<>();

  private final Map<Integer, Deque<WorkerGraph>> idleGraphs = new HashMap<>();
  private final List<Slot> slots = new ArrayList<>();
  private int leased;
  private boolean abandoned;

  private WorkerSlots() {}

  /** The slots of a run in this process. Those of other runs are given up as soon as they idle. */
  static WorkerSlots of(String run) {
    synchronized (BY_RUN) {
      List<String> others = BY_RUN.keySet().stream().filter(name -> !name.equals(run)).toList();
      others.forEach(WorkerSlots::release);
      return BY_RUN.computeIfAbsent(run, name -> new WorkerSlots());
    }
  }

  /** Gives up the slots of a run in this process. */
  static void release(String run) {
    WorkerSlots slots;
    synchronized (BY_RUN) {
      slots = BY_RUN.remove(run);
    }
    if (slots != null) {
      slots.abandon();
    }
  }

  private synchronized void abandon() {
    abandoned = true;
    idleGraphs.values().forEach(graphs -> graphs.forEach(WorkerGraph::close));
    idleGraphs.clear();
    slots.clear();
  }

  /**
   * Leases a graph and a queue.
   *
   * @param worker the task's worker
   * @param device the task's GPU
   * @param round the round's state
   * @param queueCapacity places of a new queue; 0 for no queue
   * @param embeddingSize elements of an embedding
   * @param newGraph makes a graph where none is idle
   */
  Lease lease(
      int worker,
      int device,
      RoundState round,
      int queueCapacity,
      int embeddingSize,
      Supplier<WorkerGraph> newGraph) {
    Slot slot;
    boolean startedEmpty = false;
    WorkerGraph graph;
    synchronized (this) {
      slots.forEach(s -> s.settle(round));
      Optional<Slot> found = find(worker);
      if (found.isPresent()) {
        slot = found.get();
      } else {
        NegativeQueue.Snapshot restored = round.queues().get(worker);
        NegativeQueue queue =
            queueCapacity == 0
                ? null
                : restored == null
                    ? new NegativeQueue(queueCapacity, embeddingSize)
                    : new NegativeQueue(restored);
        startedEmpty = queueCapacity > 0 && restored == null;
        slot = new Slot(queue);
        slots.add(slot);
      }
      slot.worker = worker;
      slot.leased = true;
      leased++;
      Deque<WorkerGraph> idle = idleGraphs.get(device);
      graph = idle == null ? null : idle.poll();
    }
    try {
      if (graph == null) {
        graph = newGraph.get();
      }
      return new Lease(slot, graph, device, round, startedEmpty);
    } finally {
      if (graph == null) {
        giveBack(slot, null, device);
      }
    }
  }

  private Optional<Slot> find(int worker) {
    return slots.stream()
        .filter(slot -> !slot.leased && !slot.isPending())
        .max(
            Comparator.comparing((Slot slot) -> slot.worker == worker)
                .thenComparing(slot -> slot.queue == null ? 0 : slot.queue.size()));
  }

  private synchronized void giveBack(Slot slot, WorkerGraph graph, int device) {
    slot.leased = false;
    leased--;
    if (graph == null) {
      return;
    }
    if (abandoned) {
      graph.close();
    } else {
      idleGraphs.computeIfAbsent(device, d -> new ArrayDeque<>()).push(graph);
    }
  }

  /** Number of leases out, for tests. */
  synchronized int leased() {
    return leased;
  }

  /** A worker's queue and updater state, and whether what is staged waits for the driver's word. */
  private static final class Slot {
    private static final long NONE = -1;

    private final NegativeQueue queue;
    private final KeptState updaterState = new KeptState();
    private int worker;
    private boolean leased;
    private long pendingRound = NONE;
    private long pendingTask = NONE;

    Slot(NegativeQueue queue) {
      this.queue = queue;
    }

    boolean isPending() {
      return pendingTask != NONE;
    }

    void rollback() {
      if (queue != null) {
        queue.rollback();
      }
      updaterState.rollback();
    }

    // Staged entries of an attempt that the last round but one accepted are taken back too, where
    // this process had no task in the last round and so did not hear of it. Such entries are old.
    void settle(RoundState round) {
      if (!isPending() || pendingRound >= round.attempt()) {
        return;
      }
      if (round.accepted().contains(pendingTask)) {
        if (queue != null) {
          queue.commit();
        }
        updaterState.commit(worker, pendingTask);
      } else {
        LOG.info("Worker {}: a result was not used, what it left here is taken back", worker);
        rollback();
      }
      pendingTask = NONE;
      pendingRound = NONE;
    }
  }

  /** A graph and a queue for one task. Close it in the end, after {@link #finished} or without. */
  final class Lease implements AutoCloseable {
    private final Slot slot;
    private final WorkerGraph graph;
    private final int device;
    private final RoundState round;
    private final boolean startedEmpty;
    private boolean finished;

    private Lease(
        Slot slot, WorkerGraph graph, int device, RoundState round, boolean startedEmpty) {
      this.slot = slot;
      this.graph = graph;
      this.device = device;
      this.round = round;
      this.startedEmpty = startedEmpty;
    }

    WorkerGraph graph() {
      return graph;
    }

    /** The queue, or null where there is none. */
    NegativeQueue queue() {
      return slot.queue;
    }

    /** Whether the queue was made for this lease, with nothing in it. */
    boolean startedEmpty() {
      return startedEmpty;
    }

    /**
     * Overwrites an updater's state with what the worker ended the previous round with.
     *
     * @return false, and nothing is done, where that is not here
     */
    boolean copyUpdaterStateTo(INDArray state) {
      return slot.updaterState.copyTo(state, slot.worker, round.accepted());
    }

    /** Stages the updater's state for the next round. */
    void stageUpdaterState(INDArray state) {
      slot.updaterState.stage(state);
    }

    /** Leaves what was staged to the driver's word on this task attempt. */
    void finished(long taskAttempt) {
      synchronized (WorkerSlots.this) {
        slot.pendingRound = round.attempt();
        slot.pendingTask = taskAttempt;
        finished = true;
      }
    }

    /** Gives everything back; without {@link #finished}, what was staged is taken back. */
    @Override
    public void close() {
      if (finished) {
        giveBack(slot, graph, device);
        return;
      }
      slot.rollback();
      // A graph that failed half way may have workspaces open: it is not used again.
      giveBack(slot, null, device);
      graph.close();
    }
  }
}
