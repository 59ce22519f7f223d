package dev.tandem.model.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class GradientClippingTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 16384, 40_001})
  void normOfAViewAgreesWithTheSumInDoublePrecision(int length) {
    double[] values = new Random(length).doubles(length + 3, -1, 1).toArray();
    double sum = 0;
    for (int i = 3; i < values.length; i++) {
      sum += values[i] * values[i];
    }
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
      INDArray view =
          Nd4j.createFromArray(values).castTo(type).get(NDArrayIndex.interval(3, length + 3));
      assertThat(GradientClipping.norm(view))
          .isCloseTo(Math.sqrt(sum), within(1e-6 * Math.sqrt(sum)));
    }
  }

  @Test
  void scalesOnlyWhatIsTooLong() {
    INDArray gradient = Nd4j.createFromArray(3f, 4f);
    GradientClipping clipping = new GradientClipping(5);
    clipping.apply(null, gradient, 0, 0, 0);
    assertThat(gradient.toFloatVector()).containsExactly(3, 4);
    new GradientClipping(2.5).apply(null, gradient, 0, 0, 0);
    assertThat(gradient.toFloatVector()).containsExactly(1.5f, 2);
    assertThat(clipping.clone()).isEqualTo(clipping).hasSameHashCodeAs(clipping);
    assertThatThrownBy(() -> new GradientClipping(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
