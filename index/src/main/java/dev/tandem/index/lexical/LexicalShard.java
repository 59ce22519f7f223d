package dev.tandem.index.lexical;

import dev.tandem.index.trec.Utf8Order;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageMetadata;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogByteSizeMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;

/**
 * An inverted index of a part of a collection, held as bytes so that it can be kept and sent.
 * Immutable; {@link LexicalSearcher} searches it.
 *
 * <p>Passages are indexed in descending byte order of their ids. Lucene breaks ties by the order of
 * indexing, so that equal scores rank as trec_eval ranks them, at the last rank kept too.
 */
public final class LexicalShard implements Serializable {

  private static final long serialVersionUID = 1L;

  /** The one field. */
  static final String FIELD = "text";

  private final TreeMap<String, byte[]> files;
  private final PassageIds ids;
  private final PassageMetadata metadata;

  private LexicalShard(TreeMap<String, byte[]> files, PassageIds ids, PassageMetadata metadata) {
    this.files = files;
    this.ids = ids;
    this.metadata = metadata;
  }

  /** Number of passages, those without any term included. */
  public int size() {
    return ids.size();
  }

  /** Bytes the index takes, ids apart. */
  public long bytes() {
    return files.values().stream().mapToLong(content -> content.length).sum();
  }

  PassageIds ids() {
    return ids;
  }

  /** The passages' metadata, in the rows that a search accepts. */
  public PassageMetadata metadata() {
    return metadata;
  }

  /** The index as Lucene opens it, copied. */
  Directory directory() throws IOException {
    Directory directory = new ByteBuffersDirectory();
    for (var file : files.entrySet()) {
      try (IndexOutput out = directory.createOutput(file.getKey(), IOContext.DEFAULT)) {
        out.writeBytes(file.getValue(), file.getValue().length);
      }
    }
    return directory;
  }

  /** Collects passages and indexes them. Not thread-safe. */
  public static final class Builder {

    private record Passage(String id, String text, Map<String, String> metadata) {}

    private final List<Passage> passages = new ArrayList<>();
    private final PassageMetadata.Builder metadata;

    /** Of passages without metadata. */
    public Builder() {
      this(List.of());
    }

    /**
     * @param fields metadata fields that passages are filtered by
     */
    public Builder(Collection<String> fields) {
      metadata = new PassageMetadata.Builder(fields);
    }

    /** Adds a passage without metadata; ids must differ. */
    public void add(String id, String text) {
      add(id, text, Map.of());
    }

    /**
     * Adds a passage; ids must differ.
     *
     * @param metadata its values by field
     */
    public void add(String id, String text, Map<String, String> metadata) {
      passages.add(new Passage(id, text, metadata));
    }

    /**
     * The index of the passages; nothing can be added afterwards.
     *
     * @throws IllegalArgumentException if an id was given twice
     */
    public LexicalShard build() {
      passages.sort(Comparator.comparing(Passage::id, Utf8Order.ASCENDING).reversed());
      PassageIds.Builder ids = new PassageIds.Builder();
      String last = null;
      for (Passage passage : passages) {
        if (passage.id().equals(last)) {
          throw new IllegalArgumentException(
              "passage '" + last + "' was given twice to one shard of a lexical index");
        }
        last = passage.id();
        ids.add(last);
        metadata.add(passage.metadata());
      }
      try (Directory directory = new ByteBuffersDirectory()) {
        index(directory);
        return new LexicalShard(contents(directory), ids.build(), metadata.build());
      } catch (IOException e) {
        throw new AssertionError("an index in memory does not fail to be written", e);
      }
    }

    private void index(Directory directory) throws IOException {
      FieldType type = new FieldType();
      type.setTokenized(true);
      // Positions are for phrases, which a bag of words has none of.
      type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
      type.freeze();
      // Merges neighbouring segments only and so keeps the passages in order.
      try (Analyzer analyzer = LexicalQuery.analyzer();
          IndexWriter writer =
              new IndexWriter(
                  directory,
                  new IndexWriterConfig(analyzer)
                      .setMergePolicy(new LogByteSizeMergePolicy())
                      .setMergeScheduler(new SerialMergeScheduler()))) {
        for (Passage passage : passages) {
          Document document = new Document();
          document.add(new Field(FIELD, passage.text(), type));
          writer.addDocument(document);
        }
        writer.forceMerge(1);
        writer.commit();
      }
    }

    private static TreeMap<String, byte[]> contents(Directory directory) throws IOException {
      TreeMap<String, byte[]> files = new TreeMap<>();
      for (String name : directory.listAll()) {
        if (!name.equals(IndexWriter.WRITE_LOCK_NAME)) {
          try (IndexInput in = directory.openInput(name, IOContext.READONCE)) {
            byte[] content = new byte[Math.toIntExact(in.length())];
            in.readBytes(content, 0, content.length);
            files.put(name, content);
          }
        }
      }
      return files;
    }
  }
}
