package dev.tandem.jobs.retrieval;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tandem.index.measure.Evaluation;
import dev.tandem.index.measure.EvaluationOptions;
import dev.tandem.index.measure.Evaluator;
import dev.tandem.index.measure.MeasureSet;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.index.trec.TrecRunWriter;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Writes what was retrieved as {@code run.trec}, and with qrels its measures as {@code
 * metrics.json} and {@code per-query.tsv}. Hits pass through block by block. Each file is written
 * under a temporary name and renamed, {@code metrics.json} last.
 */
final class RunOutput {
  /** The run, in TREC form. */
  static final String RUN = "run.trec";

  /** The measures over all queries, one JSON object. */
  static final String METRICS = "metrics.json";

  /** The measures of each query, a column a measure. */
  static final String PER_QUERY = "per-query.tsv";

  private final Configuration hadoop;
  private final Optional<Path> directory;
  private final String tag;
  private final EvaluationOptions options;

  /** As below, averaging over the judged queries that have results. */
  RunOutput(Configuration hadoop, Optional<Path> directory, String tag) {
    this(hadoop, directory, tag, EvaluationOptions.DEFAULT);
  }

  /**
   * @param hadoop how file systems are found
   * @param directory where the files go; empty to write none
   * @param tag the run's name
   * @param options how measures are taken
   */
  RunOutput(Configuration hadoop, Optional<Path> directory, String tag, EvaluationOptions options) {
    this.hadoop = hadoop;
    this.directory = directory;
    this.tag = tag;
    this.options = options;
  }

  /**
   * Takes all hits.
   *
   * @param queries the queries in the order of the blocks
   * @param hits the blocks of hits in order
   * @param qrels judgements, where there are any
   * @param facts further members of {@code metrics.json}
   */
  RetrievalResult consume(
      QueryIds queries, Iterator<SearchHits> hits, Optional<Qrels> qrels, Map<String, Object> facts)
      throws IOException {
    Optional<Evaluator> evaluator = qrels.map(q -> new Evaluator(q, MeasureSet.allTrec(), options));
    if (directory.isPresent()) {
      replace(RUN, out -> passThrough(queries, hits, evaluator, Optional.of(out)));
    } else {
      passThrough(queries, hits, evaluator, Optional.empty());
    }
    Optional<Evaluation> evaluation = evaluator.map(e -> e.finish(tag));
    if (directory.isPresent() && evaluation.isPresent()) {
      replace(PER_QUERY, out -> perQuery(evaluation.get(), out));
      replace(METRICS, out -> metrics(evaluation.get(), facts, out));
    }
    return new RetrievalResult(queries.ids().size(), evaluation, directory, OptionalLong.empty());
  }

  private void passThrough(
      QueryIds queries,
      Iterator<SearchHits> hits,
      Optional<Evaluator> evaluator,
      Optional<Writer> out)
      throws IOException {
    for (int block = 0; hits.hasNext(); block++) {
      SearchHits found = hits.next();
      List<String> ids = queries.block(block);
      Map<String, List<RankedPassage>> rankings = new LinkedHashMap<>();
      for (int i = 0; i < ids.size(); i++) {
        int query = i;
        evaluator.ifPresent(
            e -> e.add(ids.get(query), found.count(query), rank -> found.id(query, rank)));
        rankings.put(ids.get(i), found.ranking(i));
      }
      if (out.isPresent()) {
        TrecRunWriter.write(TrecRun.of(tag, rankings), out.get());
      }
    }
  }

  private static void perQuery(Evaluation evaluation, Writer out) throws IOException {
    boolean header = false;
    for (String query : evaluation.queryIds()) {
      Map<String, Double> values = evaluation.query(query);
      if (!header) {
        out.append("query\t").append(String.join("\t", values.keySet())).append('\n');
        header = true;
      }
      out.append(query);
      for (double value : values.values()) {
        out.append('\t').append(Double.toString(value));
      }
      out.append('\n');
    }
  }

  private void metrics(Evaluation evaluation, Map<String, Object> facts, Writer out)
      throws IOException {
    Map<String, Object> metrics = new LinkedHashMap<>();
    metrics.put("measures", evaluation.summary());
    metrics.put("queries", evaluation.queries());
    metrics.put("per-query", PER_QUERY);
    metrics.put("run", RUN);
    metrics.put("tag", tag);
    metrics.putAll(facts);
    out.append(
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(metrics));
    out.append('\n');
  }

  private interface Content {
    void writeTo(Writer out) throws IOException;
  }

  private void replace(String name, Content content) throws IOException {
    Path file = new Path(directory.orElseThrow(), name);
    FileSystem fileSystem = file.getFileSystem(hadoop);
    Path temporary = new Path(directory.orElseThrow(), "." + name + "-" + UUID.randomUUID());
    try {
      try (Writer out =
          new BufferedWriter(
              new OutputStreamWriter(fileSystem.create(temporary, true), StandardCharsets.UTF_8),
              1 << 16)) {
        content.writeTo(out);
      }
      fileSystem.delete(file, false);
      if (!fileSystem.rename(temporary, file)) {
        throw new IOException("cannot rename " + temporary + " to " + file);
      }
    } finally {
      fileSystem.delete(temporary, false);
    }
  }
}
