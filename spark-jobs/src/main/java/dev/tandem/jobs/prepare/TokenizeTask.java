package dev.tandem.jobs.prepare;

import dev.tandem.jobs.artifact.FinishedPart;
import dev.tandem.jobs.artifact.PartDirectory;
import dev.tandem.jobs.artifact.PartWriter;
import dev.tandem.jobs.data.InputSplit;
import dev.tandem.jobs.data.Located;
import dev.tandem.jobs.data.RecordIterator;
import dev.tandem.jobs.data.RecordParser;
import dev.tandem.jobs.data.Skipped;
import dev.tandem.jobs.data.TextRecord;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Tokenizes the splits of the passages or of the queries, each to one part of shard files.
 *
 * @param name first word of the parts' names, which is also the counts'
 * @param parser parser of the lines
 * @param metadata whether texts are written with their metadata
 * @param skipped records left out
 * @param tokenizer the tokenizer
 * @param prefix put before every text
 * @param maxLength longest sequence, start and end token included
 * @param parts where the parts go
 * @param hadoop configuration of the file systems
 * @param done counts the records as they are written
 */
record TokenizeTask(
    String name,
    RecordParser<TextRecord> parser,
    boolean metadata,
    Skipped.Lines skipped,
    TokenizerDefinition tokenizer,
    String prefix,
    int maxLength,
    PartDirectory parts,
    SerializableConfiguration hadoop,
    LongAccumulator done)
    implements Serializable {
  /** Prefix of the counters of token lengths: so many records have so many tokens. */
  static final String LENGTH = "length ";

  static final String RECORDS = "records";
  static final String TRUNCATED = "truncated";

  private static final long BYTES_A_FILE = 64L << 20;

  /** Writes the part of a split, or finds it written by an earlier run. */
  FinishedPart run(int number, InputSplit split) throws IOException {
    Configuration configuration = hadoop.value();
    String part = String.format("%s-%05d", name, number);
    Optional<FinishedPart> finished = parts.finished(configuration, part);
    if (finished.isPresent()) {
      done.add(finished.get().count(RECORDS));
      return finished.get();
    }
    TreeMap<String, Long> counts = new TreeMap<>();
    try (PartWriter writer = parts.begin(configuration, part);
        RecordIterator<TextRecord> records = new RecordIterator<>(configuration, split, parser)) {
      boolean more = true;
      for (int file = 0; more; file++) {
        more = writeFile(writer, String.format("%s-%02d", part, file), records, counts);
      }
      return writer.commit(counts);
    }
  }

  /** Writes one pair of files; returns whether records are left. */
  private boolean writeFile(
      PartWriter writer,
      String file,
      RecordIterator<TextRecord> records,
      TreeMap<String, Long> counts)
      throws IOException {
    List<TextRecord> batch = new ArrayList<>(PassageTokenizer.AT_ONCE);
    try (ShardWriter tokens = new ShardWriter(writer.create(file + PreparedDataset.TOKENS));
        ShardWriter texts =
            new ShardWriter(writer.create(file + PreparedDataset.TEXTS), metadata)) {
      while (records.hasNext() && Math.max(tokens.bytes(), texts.bytes()) < BYTES_A_FILE) {
        Located<TextRecord> record = records.next();
        if (record.value() != null && !skipped.contains(record)) {
          batch.add(record.value());
          if (batch.size() == PassageTokenizer.AT_ONCE) {
            write(batch, tokens, texts, counts);
          }
        }
      }
      write(batch, tokens, texts, counts);
    }
    return records.hasNext();
  }

  private void write(
      List<TextRecord> batch, ShardWriter tokens, ShardWriter texts, TreeMap<String, Long> counts)
      throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    for (PassageTokenizer.Tokenized text :
        new PassageTokenizer(tokenizer, prefix, maxLength).tokenize(batch)) {
      if (text.cut()) {
        counts.merge(TRUNCATED, 1L, Long::sum);
      }
      counts.merge(LENGTH + text.tokens().tokens().length, 1L, Long::sum);
      tokens.write(text.tokens());
      texts.write(text.record());
    }
    counts.merge(RECORDS, (long) batch.size(), Long::sum);
    done.add(batch.size());
    batch.clear();
  }
}
