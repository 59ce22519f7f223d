package dev.tandem.jobs.prepare;

import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.data.TrainingExample;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** Writes one shard file of one type of record. Closing it closes the stream. */
final class ShardWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final DataOutputStream out;
  private final int version;
  private TrainingExample previous;

  ShardWriter(OutputStream stream) throws IOException {
    this(stream, false);
  }

  /**
   * @param metadata whether texts are written with their metadata
   */
  ShardWriter(OutputStream stream, boolean metadata) throws IOException {
    this.out = new DataOutputStream(new BufferedOutputStream(stream, BUFFER_BYTES));
    this.version = metadata ? ShardFormat.WITH_METADATA : ShardFormat.PLAIN;
    ShardFormat.writeHeader(out, version);
  }

  /** Id, token ids. */
  void write(TokenizedText text) throws IOException {
    ShardFormat.writeText(out, text.id());
    ShardFormat.writeTokens(out, text.tokens());
  }

  /** Id, text; with metadata also the number of fields, and each one's name and value. */
  void write(TextRecord record) throws IOException {
    ShardFormat.writeText(out, record.id());
    ShardFormat.writeText(out, record.text());
    if (version == ShardFormat.WITH_METADATA) {
      ShardFormat.writeNumber(out, record.metadata().size());
      for (Map.Entry<String, String> field : record.metadata().entrySet()) {
        ShardFormat.writeText(out, field.getKey());
        ShardFormat.writeText(out, field.getValue());
      }
    }
  }

  /**
   * Index; 1 where query and known positives are those of the record before, else 0 and then the
   * query and the number of known positives and each of them; the positive; the number of hard
   * negatives and each of them.
   */
  void write(TrainingExample example) throws IOException {
    ShardFormat.writeNumber(out, example.index());
    boolean sameQuery =
        previous != null
            && previous.query().id().equals(example.query().id())
            && previous.knownPositives().equals(example.knownPositives());
    out.writeByte(sameQuery ? 1 : 0);
    if (!sameQuery) {
      write(example.query());
      ShardFormat.writeNumber(out, example.knownPositives().size());
      for (String id : example.knownPositives()) {
        ShardFormat.writeText(out, id);
      }
    }
    write(example.positive());
    ShardFormat.writeNumber(out, example.hardNegatives().size());
    for (TokenizedText negative : example.hardNegatives()) {
      write(negative);
    }
    previous = example;
  }

  /** Bytes written so far. */
  long bytes() {
    return Integer.toUnsignedLong(out.size());
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
