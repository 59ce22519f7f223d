package dev.tandem.model.encoder;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Owner of the intermediate arrays of a computation with ND4J: what is made through it is freed by
 * {@link #close()}, at once and not when a garbage collection comes round, which matters on a GPU.
 */
final class ArrayScope implements AutoCloseable {

  private final List<INDArray> owned = new ArrayList<>();

  /** Takes ownership. */
  INDArray own(INDArray array) {
    owned.add(array);
    return array;
  }

  /** Product of two matrices, or of two stacks of matrices. */
  INDArray product(INDArray a, INDArray b, boolean transposeA, boolean transposeB) {
    return own(Nd4j.matmul(a, b, transposeA, transposeB, false));
  }

  /** The rows of a matrix that an index names, in its order. */
  INDArray rows(INDArray matrix, INDArray index) {
    return own(
        Nd4j.exec(
            DynamicCustomOp.builder("gather")
                .addInputs(matrix, index)
                .addIntegerArguments(0)
                .build())[0]);
  }

  /** Sums up the rows of a matrix by the group that each belongs to, [groups, columns]. */
  INDArray sumByGroup(INDArray matrix, INDArray groupOfRow, int groups) {
    return own(
        Nd4j.exec(
            DynamicCustomOp.builder("unsorted_segment_sum")
                .addInputs(matrix, groupOfRow)
                .addIntegerArguments(groups)
                .build())[0]);
  }

  /** Sums of the columns, [1, columns]; as a product, since that is much the faster form. */
  INDArray columnSums(INDArray matrix) {
    return product(own(Nd4j.ones(DataType.FLOAT, 1, matrix.size(0))), matrix, false, false);
  }

  /** A copy in another order of dimensions, contiguous. */
  INDArray permuted(INDArray array, int... order) {
    return own(array.permute(order).dup('c'));
  }

  /** Integers as an index. */
  INDArray index(int[] values) {
    return own(Nd4j.createFromArray(values));
  }

  @Override
  public void close() {
    owned.stream().filter(INDArray::closeable).forEach(INDArray::close);
    owned.clear();
  }
}
