package dev.tandem.model.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class NegativeQueueTest {
  private final NegativeQueue queue = new NegativeQueue(3, 2);

  @Test
  void startsEmpty() {
    assertThat(queue.size()).isZero();
    assertThat(queue.ids()).containsExactly(null, null, null);
    assertThat(queue.embeddings()).isEqualTo(Nd4j.zeros(3, 2));
  }

  @Test
  void replacesTheOldest() {
    queue.push(List.of("a", "b"), rows(1, 2));
    assertThat(queue.ids()).containsExactly("a", "b", null);
    queue.push(List.of("c", "d"), rows(3, 4));
    assertThat(queue.ids()).containsExactly("d", "b", "c");
    assertThat(queue.embeddings()).isEqualTo(rows(4, 2, 3));
    assertThat(queue.size()).isEqualTo(3);
  }

  @Test
  void keepsTheLastOfMoreThanFit() {
    queue.push(List.of("a", "b", "c", "d", "e"), rows(1, 2, 3, 4, 5));
    assertThat(queue.ids()).containsExactlyInAnyOrder("c", "d", "e");
  }

  @Test
  void embeddingsAreDetached() {
    INDArray embeddings = rows(1, 2);
    queue.push(List.of("a", "b"), embeddings);
    embeddings.assign(9);
    INDArray seen = queue.embeddings();
    assertThat(seen).isEqualTo(rows(1, 2, 0));
    seen.assign(7);
    assertThat(queue.embeddings()).isEqualTo(rows(1, 2, 0));
  }

  @Test
  void takesEmbeddingsFromViews() {
    INDArray stacked = Nd4j.vstack(rows(8, 9), rows(1, 2));
    queue.push(
        List.of("a", "b"), stacked.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(2, 4)));
    assertThat(queue.embeddings()).isEqualTo(rows(1, 2, 0));
  }

  @Test
  void stagedEntriesAreSeenAndTakenBack() {
    queue.push(List.of("a", "b"), rows(1, 2));
    queue.stage(List.of("c"), rows(3));
    queue.stage(List.of("d"), rows(4));
    assertThat(queue.ids()).containsExactly("d", "b", "c");
    queue.rollback();
    assertThat(queue.ids()).containsExactly("a", "b", null);
    assertThat(queue.embeddings()).isEqualTo(rows(1, 2, 0));
    queue.stage(List.of("e"), rows(5));
    queue.commit();
    queue.rollback();
    assertThat(queue.ids()).containsExactly("a", "b", "e");
  }

  @Test
  void aRetriedRoundPushesOnce() {
    queue.begin(0);
    queue.stage(List.of("a"), rows(1));
    queue.begin(1);
    queue.stage(List.of("b"), rows(2));
    queue.begin(1);
    assertThat(queue.ids()).containsExactly("a", null, null);
    queue.stage(List.of("b"), rows(2));
    queue.begin(2);
    assertThat(queue.ids()).containsExactly("a", "b", null);
    queue.begin(2);
    assertThat(queue.ids()).containsExactly("a", "b", null);
  }

  @Test
  void snapshotsSurviveSerialization() throws Exception {
    queue.push(List.of("a", "b", "c"), rows(1, 2, 3));
    queue.stage(List.of("d"), rows(4), rows(9), new String[][] {{"d", "x"}});
    queue.commit();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(queue.snapshot());
    }
    NegativeQueue other;
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      other = new NegativeQueue((NegativeQueue.Snapshot) in.readObject());
    }
    queue.push(List.of("e"), rows(5));
    other.push(List.of("e"), rows(5));
    assertThat(other.ids()).isEqualTo(queue.ids());
    assertThat(other.embeddings()).isEqualTo(queue.embeddings());
    assertThat(other.queries()).isEqualTo(queue.queries()).isEqualTo(rows(9, 0, 0));
    assertThat(other.knownPositives()).isDeepEqualTo(new String[][] {{"d", "x"}, null, null});
  }

  @Test
  void keepsTheQueriesOfPassagesAndTakesThemBack() {
    queue.stage(
        List.of("a", "b", "hard"), rows(1, 2, 3), rows(7, 8), new String[][] {{"a"}, {"b", "y"}});
    queue.commit();
    assertThat(queue.queries()).isEqualTo(rows(7, 8, 0));
    assertThat(queue.knownPositives()).isDeepEqualTo(new String[][] {{"a"}, {"b", "y"}, null});
    queue.stage(List.of("c"), rows(4));
    assertThat(queue.queries()).isEqualTo(rows(0, 8, 0));
    queue.rollback();
    assertThat(queue.queries()).isEqualTo(rows(7, 8, 0));
    assertThatThrownBy(() -> queue.stage(List.of("c"), rows(4), rows(1, 2), new String[2][]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 queries need as many positives, but there are 1 passages");
    assertThatThrownBy(() -> queue.stage(List.of("c"), rows(4), rows(1, 2), new String[1][]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("embeddings of 1 queries must be [1, 2], but are [2, 2]");
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> queue.push(List.of("a"), rows(1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("embeddings of 1 passages must be [1, 2], but are [2, 2]");
    assertThatThrownBy(() -> queue.stage(Arrays.asList("a", null), rows(1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("passage id 1 is null");
    queue.stage(List.of("a"), rows(1));
    assertThatThrownBy(() -> queue.push(List.of("b"), rows(1)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new NegativeQueue(0, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                new NegativeQueue.Snapshot(
                    2, new String[2], new float[3], new NegativeQueue.Query[2], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 ids of dimension 2 do not fit 3 numbers");
  }

  private static INDArray rows(float... values) {
    INDArray rows = Nd4j.zeros(values.length, 2);
    for (int i = 0; i < values.length; i++) {
      rows.putRow(i, Nd4j.createFromArray(values[i], -values[i]));
    }
    // where the value is 0 the row of an empty place is +0 in both elements
    return rows.add(0f);
  }
}
