package dev.tandem.jobs.prepare;

import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.data.TrainingExample;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/** Reads shard files, as iterators and as RDDs with one file a partition. */
final class ShardReader {
  private static final int BUFFER_BYTES = 1 << 17;

  private ShardReader() {}

  static JavaRDD<TokenizedText> tokens(JavaSparkContext spark, List<String> files) {
    return rdd(spark, files, ShardReader::tokenRecords);
  }

  static JavaRDD<TextRecord> texts(JavaSparkContext spark, List<String> files) {
    return rdd(spark, files, ShardReader::textRecords);
  }

  static JavaRDD<TrainingExample> examples(JavaSparkContext spark, List<String> files) {
    return rdd(spark, files, ShardReader::exampleRecords);
  }

  private static Decoder<TokenizedText> tokenRecords() {
    return (in, version, idLength) -> readTokenized(in, idLength);
  }

  private static Decoder<TextRecord> textRecords() {
    return (in, version, idLength) -> {
      String id = ShardFormat.readText(in, idLength);
      String text = ShardFormat.readText(in);
      if (version == ShardFormat.PLAIN) {
        return new TextRecord(id, text);
      }
      TreeMap<String, String> metadata = new TreeMap<>();
      for (long left = ShardFormat.readNumber(in); left > 0; left--) {
        metadata.put(ShardFormat.readText(in), ShardFormat.readText(in));
      }
      return new TextRecord(id, text, metadata);
    };
  }

  private static Decoder<TrainingExample> exampleRecords() {
    return new ExampleDecoder();
  }

  private static TokenizedText readTokenized(DataInputStream in, long idLength) throws IOException {
    return new TokenizedText(ShardFormat.readText(in, idLength), ShardFormat.readTokens(in));
  }

  private static TokenizedText readTokenized(DataInputStream in) throws IOException {
    return readTokenized(in, ShardFormat.readNumber(in));
  }

  private static <T> JavaRDD<T> rdd(
      JavaSparkContext spark, List<String> files, DecoderSupplier<T> decoder) {
    if (files.isEmpty()) {
      return spark.emptyRDD();
    }
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    return spark
        .parallelize(files, files.size())
        .flatMap(
            file -> {
              Records<T> records = new Records<>(hadoop.value(), file, decoder.get());
              TaskContext task = TaskContext.get();
              if (task != null) {
                task.addTaskCompletionListener((TaskCompletionListener) context -> records.close());
              }
              return records;
            });
  }

  /** Makes the decoder of one file, as decoders may remember the record before. */
  @FunctionalInterface
  private interface DecoderSupplier<T> extends Serializable {
    Decoder<T> get();
  }

  /** Reads the rest of a record whose first number has been read. */
  @FunctionalInterface
  private interface Decoder<T> {
    T read(DataInputStream in, int version, long first) throws IOException;
  }

  private static final class ExampleDecoder implements Decoder<TrainingExample> {
    private TokenizedText query;
    private List<String> knownPositives = List.of();

    @Override
    public TrainingExample read(DataInputStream in, int version, long index) throws IOException {
      if (in.readUnsignedByte() == 0) {
        query = readTokenized(in);
        int size = Math.toIntExact(ShardFormat.readNumber(in));
        List<String> ids = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
          ids.add(ShardFormat.readText(in));
        }
        knownPositives = Collections.unmodifiableList(ids);
      }
      TokenizedText positive = readTokenized(in);
      int negatives = Math.toIntExact(ShardFormat.readNumber(in));
      List<TokenizedText> hardNegatives = new ArrayList<>(negatives);
      for (int i = 0; i < negatives; i++) {
        hardNegatives.add(readTokenized(in));
      }
      return new TrainingExample(
          index, query, positive, Collections.unmodifiableList(hardNegatives), knownPositives);
    }
  }

  private static final class Records<T> implements Iterator<T> {
    private final String file;
    private final DataInputStream in;
    private final Decoder<T> decoder;
    private final int version;
    private long first;

    Records(Configuration hadoop, String file, Decoder<T> decoder) throws IOException {
      this.file = file;
      this.decoder = decoder;
      Path path = new Path(file);
      this.in =
          new DataInputStream(
              new BufferedInputStream(path.getFileSystem(hadoop).open(path), BUFFER_BYTES));
      this.version = ShardFormat.readHeader(in, file);
      advance();
    }

    private void advance() throws IOException {
      first = ShardFormat.readNumberOrEnd(in);
      if (first < 0) {
        in.close();
      }
    }

    @Override
    public boolean hasNext() {
      return first >= 0;
    }

    @Override
    public T next() {
      if (first < 0) {
        throw new NoSuchElementException();
      }
      try {
        T record = decoder.read(in, version, first);
        advance();
        return record;
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read " + file, e);
      }
    }

    void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot close " + file, e);
      }
    }
  }
}
