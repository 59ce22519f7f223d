package dev.tandem.jobs.retrieval;

import dev.tandem.index.vector.PassageMetadata;
import dev.tandem.index.vector.VectorPart;
import dev.tandem.index.vector.VectorPartWriter;
import dev.tandem.index.vector.VectorRangeException;
import dev.tandem.jobs.artifact.FinishedPart;
import dev.tandem.jobs.artifact.PartDirectory;
import dev.tandem.jobs.artifact.PartWriter;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.TokenWindows;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
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
 * @param windows cuts passages; null leaves them whole
 * @param parts where the parts go
 * @param hadoop how file systems are found
 * @param encoded counts the passages as they are done
 */
record ShardWriter(
    Broadcast<Tower> tower,
    EncodeSettings settings,
    ArrayList<String> metadataFields,
    TokenWindows windows,
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
    PassageWindows texts = new PassageWindows(passages, windows);
    try (PartWriter part = parts.begin(configuration, name);
        TextEncoder encoder =
            new TextEncoder(tower.value(), settings.batchSize(), texts, this::afterBatch)) {
      VectorPart written = write(name, part, encoder, texts);
      try (OutputStream out = part.create(name + VectorShards.PART_ENDING)) {
        out.write(DescriptionJson.write(written));
      }
      Map<String, Long> counts =
          Map.of(VectorShards.PASSAGES, texts.taken(), VectorShards.VECTORS, (long) written.rows());
      return List.of(part.commit(counts)).iterator();
    }
  }

  /**
   * Where each text is a passage; else passages count when a block of their windows is written.
   * Called by the encoding thread; so that one thread alone adds to the count, one of both ways is
   * taken throughout.
   */
  private void afterBatch(long texts) {
    if (windows == null) {
      encoded.add(texts);
    }
  }

  private VectorPart write(String name, PartWriter part, TextEncoder encoder, PassageWindows texts)
      throws IOException {
    int dimension = tower.value().dimension();
    PassageMetadata.Builder metadata = new PassageMetadata.Builder(metadataFields);
    try (VectorPartWriter vectors =
        new VectorPartWriter(part::create, name, dimension, settings.storage())) {
      while (encoder.hasNext()) {
        VectorBlock block = encoder.next();
        long written = 0;
        for (int row = 0; row < block.size(); row++) {
          PassageWindows.Row passage = texts.nextRow();
          vectors.append(block.ids()[row], block.vectors(), row * dimension, passage.text());
          metadata.add(passage.metadata());
          written += passage.first() ? 1 : 0;
        }
        if (windows != null) {
          encoded.add(written);
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
