package dev.tandem.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Values and gradients against reference values made by automatic differentiation in float64. */
class GoldenLossTest {
  private static final double DOUBLE_TOLERANCE = 1e-9;
  private static final double FLOAT_TOLERANCE = 2e-5;
  private static JsonNode golden;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream in = GoldenLossTest.class.getResourceAsStream("/golden/losses.json")) {
      golden = new ObjectMapper().readTree(in);
    }
  }

  @Test
  void ntXentInBatch() {
    check("ntxent-in-batch", new NtXent(Similarity.COSINE, 1), false, Relevance.POSITIVE);
  }

  @Test
  void ntXentWithLowTemperature() {
    check("ntxent-tau", new NtXent(Similarity.COSINE, 0.05), false, Relevance.POSITIVE);
  }

  @Test
  void ntXentPlusQueue() {
    check("ntxent-plus-queue", new NtXent(Similarity.COSINE, 1), true, Relevance.POSITIVE);
  }

  @Test
  void infoNceInBatch() {
    check("infonce-in-batch", new InfoNce(Similarity.COSINE, 0.05), false, Relevance.MASKED);
  }

  @Test
  void infoNceWithQueue() {
    check("infonce-queue", new InfoNce(Similarity.COSINE, 0.05), true, Relevance.MASKED);
  }

  @Test
  void infoNceOfInnerProducts() {
    check("infonce-dot", new InfoNce(Similarity.DOT, 1), false, Relevance.MASKED);
  }

  @Test
  void infoNceSymmetric() {
    check("infonce-symmetric", new InfoNce(Similarity.COSINE, 0.05, true), true, Relevance.MASKED);
  }

  private static void check(
      String name, ContrastiveLoss loss, boolean withQueue, float otherPositives) {
    JsonNode expected = null;
    for (JsonNode node : golden.get("cases")) {
      expected = node.get("name").asText().equals(name) ? node : expected;
    }
    assertThat(expected).as(name).isNotNull();
    for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
      double tolerance = type == DataType.DOUBLE ? DOUBLE_TOLERANCE : FLOAT_TOLERANCE;
      LossValue value =
          loss.evaluate(
              matrix(golden.get("query")).castTo(type),
              matrix(golden.get("passage")).castTo(type),
              withQueue ? matrix(golden.get("queue")).castTo(type) : null,
              relevance(withQueue, otherPositives));
      assertThat(value.loss()).isCloseTo(expected.get("loss").asDouble(), within(tolerance));
      assertClose(value.queryGradient(), matrix(expected.get("gradQuery")), tolerance);
      assertClose(value.passageGradient(), matrix(expected.get("gradPassage")), tolerance);
    }
  }

  private static INDArray relevance(boolean withQueue, float otherPositives) {
    JsonNode labels = golden.get("labels");
    JsonNode queued = golden.get("queueLabels");
    int b = labels.size();
    INDArray relevance = Nd4j.zeros(DataType.FLOAT, b, b + (withQueue ? queued.size() : 0));
    for (int i = 0; i < b; i++) {
      for (int j = 0; j < relevance.columns(); j++) {
        JsonNode label = j < b ? labels.get(j) : queued.get(j - b);
        if (label.equals(labels.get(i))) {
          relevance.putScalar(i, j, i == j ? Relevance.POSITIVE : otherPositives);
        }
      }
    }
    return relevance;
  }

  private static INDArray matrix(JsonNode rows) {
    double[][] values = new double[rows.size()][rows.get(0).size()];
    for (int i = 0; i < values.length; i++) {
      for (int j = 0; j < values[i].length; j++) {
        values[i][j] = rows.get(i).get(j).asDouble();
      }
    }
    return Nd4j.createFromArray(values);
  }

  private static void assertClose(INDArray actual, INDArray expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    double scale = Math.max(1, expected.amaxNumber().doubleValue());
    double error = actual.castTo(DataType.DOUBLE).sub(expected).amaxNumber().doubleValue();
    assertThat(error).isLessThan(tolerance * scale);
  }
}
