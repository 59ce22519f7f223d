package dev.tandem.jobs.retrieval;

import dev.tandem.index.vector.PassageMetadata;
import dev.tandem.index.vector.PassageText;
import dev.tandem.index.vector.VectorPart;
import dev.tandem.index.vector.VectorPartWriter;
import dev.tandem.index.vector.VectorRangeException;
import dev.tandem.jobs.artifact.FinishedPart;
import dev.tandem.jobs.artifact.PartDirectory;
import dev.tandem.jobs.artifact.PartWriter;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/**
 * The task that encodes one part of a collection and writes it, window by window; passes over a
 * part that an earlier run finished.
 *
 * @param tower the encoder
 * @param settings how passages become vectors
 * @param metadataFields metadata fields that are kept
 * @param parts where the parts go
 * @param hadoop how file systems are found
 * @param encoded counts the passages as they are done
 */
record ShardWriter(
    Broadcast<Tower> tower,
    EncodeSettings settings,
    ArrayList<String> metadataFields,
    PartDirectory parts,
    SerializableConfiguration hadoop,
    LongAccumulator encoded)
    implements Function2<
        Integer, Iterator<Tuple2<TokenizedText, TextRecord>>, Iterator<FinishedPart>> {

  @Override
  public Iterator<FinishedPart> call(
      Integer index, Iterator<Tuple2<TokenizedText, TextRecord>> passages) throws IOException {
    Configuration configuration = hadoop.value();
    String name = PartDirectory.partName(index);
    Optional<FinishedPart> done = parts.finished(configuration, name);
    if (done.isPresent()) {
      encoded.add(done.get().count(VectorShards.PASSAGES));
      return List.of(done.get()).iterator();
    }
    // The encoder takes a window of tokens ahead; their texts wait here for the vectors.
    Deque<TextRecord> taken = new ArrayDeque<>();
    Iterator<TokenizedText> tokens =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return passages.hasNext();
          }

          @Override
          public TokenizedText next() {
            Tuple2<TokenizedText, TextRecord> passage = passages.next();
            taken.add(passage._2());
            return passage._1();
          }
        };
    try (PartWriter part = parts.begin(configuration, name);
        TextEncoder encoder =
            new TextEncoder(tower.value(), settings.batchSize(), tokens, encoded::add)) {
      VectorPart written = write(name, part, encoder, taken);
      try (OutputStream out = part.create(name + VectorShards.PART_ENDING)) {
        out.write(DescriptionJson.write(written));
      }
      return List.of(part.commit(Map.of(VectorShards.PASSAGES, (long) written.rows()))).iterator();
    }
  }

  private VectorPart write(
      String name, PartWriter part, TextEncoder encoder, Deque<TextRecord> passages)
      throws IOException {
    int dimension = tower.value().dimension();
    PassageMetadata.Builder metadata = new PassageMetadata.Builder(metadataFields);
    try (VectorPartWriter vectors =
        new VectorPartWriter(part::create, name, dimension, settings.storage())) {
      while (encoder.hasNext()) {
        VectorBlock block = encoder.next();
        for (int row = 0; row < block.size(); row++) {
          TextRecord passage = passages.remove();
          vectors.append(
              block.ids()[row], block.vectors(), row * dimension, PassageText.of(passage.text()));
          metadata.add(passage.metadata());
        }
      }
      return vectors.finish(metadata.build());
    } catch (VectorRangeException e) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          "encode.storage=" + settings.storage() + " does not fit this model: " + e.getMessage(),
          e);
    }
  }
}
