package dev.tandem.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every storage promises, and what each does to numbers. */
class VectorStorageTest {

  @TempDir java.nio.file.Path local;
  private FileSystem fileSystem;
  private Path directory;

  @BeforeEach
  void open() throws IOException {
    directory = new Path(local.toUri());
    fileSystem = FileSystem.getLocal(new Configuration()).getRawFileSystem();
  }

  private VectorPart write(String name, VectorStorage storage, float[] vectors, int dimension)
      throws IOException {
    try (VectorPartWriter writer =
        new VectorPartWriter(new RenamedFiles(fileSystem, directory), name, dimension, storage)) {
      for (int at = 0; at < vectors.length; at += dimension) {
        writer.append("p" + at / dimension, vectors, at);
      }
      return writer.finish();
    }
  }

  private float[] read(VectorPart part) throws IOException {
    try (LoadedPart loaded = VectorPartReader.read(fileSystem, directory, part)) {
      float[] read = new float[part.rows() * part.dimension()];
      loaded.vectors().buffer().get(read);
      return read;
    }
  }

  private byte[] bytes(VectorPart part) throws IOException {
    return Files.readAllBytes(local.resolve(part.vectorsFile()));
  }

  /** Vectors of lengths from a millionth to a thousand, of several blocks of a megabyte. */
  private static float[] vectors(int rows, int dimension) {
    Random random = new Random(rows);
    float[] vectors = new float[rows * dimension];
    for (int row = 0; row < rows; row++) {
      double length = Math.pow(10, random.nextInt(10) - 6);
      for (int i = 0; i < dimension; i++) {
        vectors[row * dimension + i] = (float) (length * random.nextGaussian());
      }
    }
    return vectors;
  }

  @ParameterizedTest
  @EnumSource
  void whatWasReadIsWhatRoundingGives(VectorStorage storage) throws IOException {
    float[] vectors = vectors(12_345, 100);
    VectorPart part = write("part", storage, vectors, 100);
    assertThat(part.storage()).isEqualTo(storage);
    assertThat(part.vectorsFile()).isEqualTo("part" + storage.ending());
    assertThat(bytes(part)).hasSize((int) storage.bytes(12_345, 100)).hasSizeGreaterThan(1 << 20);
    float[] rounded = vectors.clone();
    storage.round(rounded, 100);
    assertThat(read(part)).isEqualTo(rounded);
    try (LoadedPart mapped = VectorPartReader.map(local, part)) {
      assertThat(mapped.vectors().buffer().isReadOnly())
          .isEqualTo(storage == VectorStorage.FLOAT32);
      float[] content = new float[rounded.length];
      mapped.vectors().buffer().get(content);
      assertThat(content).isEqualTo(rounded);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasReadIsWrittenAgainToTheSameBytes(VectorStorage storage) throws IOException {
    VectorPart first = write("first", storage, vectors(12_345, 100), 100);
    float[] read = read(first);
    VectorPart second = write("second", storage, read, 100);
    assertThat(bytes(second)).isEqualTo(bytes(first));
    assertThat(second.vectorsCrc32c()).isEqualTo(first.vectorsCrc32c());
    assertThat(read(second)).isEqualTo(read);
  }

  @ParameterizedTest
  @EnumSource
  void aPartWithoutVectorsIsReadBack(VectorStorage storage) throws IOException {
    assertThat(read(write("empty", storage, new float[0], 3))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aChangedByteAnywhereIsFound(VectorStorage storage) throws IOException {
    VectorPart part = write("part", storage, vectors(5, 7), 7);
    byte[] right = bytes(part);
    for (int at : new int[] {0, right.length / 2, right.length - 1}) {
      byte[] damaged = right.clone();
      damaged[at] ^= 1;
      Files.write(local.resolve(part.vectorsFile()), damaged);
      assertThatThrownBy(() -> read(part))
          .isInstanceOf(VectorPartException.class)
          .hasMessageContaining("expected CRC-32C " + part.vectorsCrc32c() + ", found ");
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesWhatIsNotFinite(VectorStorage storage) {
    assertThatThrownBy(() -> write("part", storage, new float[] {0, Float.POSITIVE_INFINITY}, 2))
        .hasMessageContaining("vector of passage 'p0' has Infinity at component 1");
    assertThatThrownBy(() -> write("part", storage, new float[] {Float.NaN, 0}, 2))
        .hasMessageContaining("vector of passage 'p0' has NaN at component 0");
    assertThat(local.toFile().list()).isEmpty();
  }

  @Test
  void filesAreLaidOutAsDescribed() throws IOException {
    float[] vectors = {1.5f, -2, 0.5f, 0, 254, -126};
    ByteBuffer halves =
        ByteBuffer.wrap(bytes(write("a", VectorStorage.FLOAT16, vectors, 2)))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(halves.remaining()).isEqualTo(12);
    assertThat(halves.getShort()).isEqualTo((short) 0x3E00);
    assertThat(halves.getShort()).isEqualTo((short) 0xC000);
    assertThat(halves.getShort()).isEqualTo((short) 0x3800);
    byte[] file = bytes(write("b", VectorStorage.INT8, vectors, 2));
    assertThat(file).hasSize(3 * 2 + 3 * 4).startsWith(95, -127, 127, 0, 127, -63);
    ByteBuffer scales = ByteBuffer.wrap(file, 6, 12).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(scales.getFloat()).isEqualTo(2f / 127);
    assertThat(scales.getFloat()).isEqualTo(.5f / 127);
    assertThat(scales.getFloat()).isEqualTo(2);
  }

  @Test
  void componentsBeyondTheStorageAreRefusedByPassageAndPlace() {
    assertThatThrownBy(
            () -> write("part", VectorStorage.FLOAT16, new float[] {1, 1, 65504, -65520}, 2))
        .isInstanceOf(VectorRangeException.class)
        .hasMessage(
            "vector of passage 'p1' has -65520.0 at component 1, and float16 reaches to 65504;"
                + " store the vectors as float32, or scale them down");
    assertThatThrownBy(() -> VectorStorage.FLOAT16.round(new float[] {1, 1e6f}, 2))
        .isInstanceOf(VectorRangeException.class)
        .hasMessageContaining("1000000.0 at component 1");
    for (VectorStorage storage : VectorStorage.values()) {
      assertThatThrownBy(() -> storage.round(new float[] {1, 2, 3, Float.NaN}, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("vector 1 has NaN at component 1");
    }
    // 127 times its scale, rounded, is past the largest float.
    assertThatThrownBy(() -> write("part", VectorStorage.INT8, new float[] {1, Float.MAX_VALUE}, 2))
        .isInstanceOf(VectorRangeException.class)
        .hasMessageContaining("vector of passage 'p0' has 3.4028235E38 at component 1");
  }

  @Test
  void aPartEndsWhereItsFileOrItsVectorsInMemoryWouldPassTwoGigabytes() {
    for (VectorStorage storage : VectorStorage.values()) {
      assertThat(VectorPart.maxRows(storage, 384)).isEqualTo(Integer.MAX_VALUE / (4 * 384));
    }
    // A byte and its scale are more than a float.
    assertThat(VectorPart.maxRows(VectorStorage.INT8, 1)).isEqualTo(Integer.MAX_VALUE / 5);
  }

  @Test
  void anUnknownNameIsRefusedWithTheKnownOnes() {
    assertThat(VectorStorage.of("int8")).isEqualTo(VectorStorage.INT8);
    assertThatThrownBy(() -> VectorStorage.of("int4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no vector storage 'int4', only float32, float16, int8");
  }

  @Test
  void everyHalfIsItsNumber() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float found = Float16.toFloat((short) bits);
      int exponent = bits >> 10 & 31;
      int fraction = bits & 1023;
      double magnitude =
          exponent == 31
              ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
              : exponent == 0
                  ? fraction * Math.pow(2, -24)
                  : (1024 + fraction) * Math.pow(2, exponent - 25);
      float expected = (float) (bits >> 15 == 0 ? magnitude : -magnitude);
      if (Float.isNaN(expected)) {
        assertThat(found).isNaN();
      } else {
        assertThat(Float.floatToRawIntBits(found))
            .as("half %04x", bits)
            .isEqualTo(Float.floatToRawIntBits(expected));
      }
      if (Float.isFinite(expected)) {
        assertThat(Float16.of(found)).as("half %04x", bits).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void betweenTwoHalvesTheNearerIsTakenAndInTheMiddleTheEvenOne() {
    for (int bits = 0; bits < 0x7C00; bits++) {
      float low = Float16.toFloat((short) bits);
      // After the largest half comes what would be the next, 65536, which is not reached.
      float high = bits == 0x7BFF ? 65536 : Float16.toFloat((short) (bits + 1));
      float middle = (low + high) / 2;
      int even = (bits & 1) == 0 ? bits : bits + 1;
      assertThat(Float16.of(Math.nextDown(middle))).isEqualTo((short) bits);
      assertThat(Float16.of(-Math.nextDown(middle))).isEqualTo((short) (bits | 0x8000));
      if (bits < 0x7BFF) {
        assertThat(Float16.of(middle)).isEqualTo((short) even);
        assertThat(Float16.of(-middle)).isEqualTo((short) (even | 0x8000));
        assertThat(Float16.of(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
      } else {
        assertThat(middle).isEqualTo(Float16.OVERFLOW);
      }
    }
  }

  @Test
  void theScaleOfEveryFloatIsFoundAgain() {
    float[] largest = new float[1];
    for (int fraction = 0; fraction < 1 << 23; fraction++) {
      for (int exponent : new int[] {-119, 0, 126}) {
        float value = Math.scalb(Float.intBitsToFloat(127 << 23 | fraction), exponent);
        largest[0] = value;
        VectorStorage.INT8.round(largest, 1);
        float once = largest[0];
        VectorStorage.INT8.round(largest, 1);
        if (largest[0] != once || Math.abs(once - value) > Math.ulp(value)) {
          // Not an assertion a time: there are 25 million.
          assertThat(largest[0]).as("%s, once rounded", value).isEqualTo(once);
          assertThat(once).isEqualTo(value);
        }
      }
    }
  }

  @Test
  void bytesAreWithinHalfAStepAndStayWhatTheyAre() {
    Random random = new Random(8);
    int dimension = 9;
    for (int i = 0; i < 200_000; i++) {
      // Over all magnitudes that floats have, subnormal ones too.
      int exponent = random.nextInt(277) - 149;
      float[] vector = new float[dimension];
      float largest = 0;
      for (int j = 0; j < dimension; j++) {
        vector[j] = Math.scalb(2 * random.nextFloat() - 1, exponent);
        largest = Math.max(largest, Math.abs(vector[j]));
      }
      float[] once = vector.clone();
      VectorStorage.INT8.round(once, dimension);
      float[] twice = once.clone();
      VectorStorage.INT8.round(twice, dimension);
      assertThat(twice).isEqualTo(once);
      double half =
          largest < 127 * (double) Float.MIN_NORMAL ? largest : largest / 254 * (1 + 0x1p-15);
      for (int j = 0; j < dimension; j++) {
        assertThat(Math.abs((double) once[j] - vector[j])).isLessThanOrEqualTo(half);
      }
    }
  }
}
