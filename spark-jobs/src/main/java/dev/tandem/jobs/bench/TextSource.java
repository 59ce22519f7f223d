package dev.tandem.jobs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.data.Dataset;
import dev.tandem.jobs.data.DatasetFiles;
import dev.tandem.jobs.data.Role;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.model.tokenize.HuggingFaceTokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The texts that benchmarks work on: the first ones of {@code bench.collection}, or texts made of
 * words of the tokenizer's vocabulary whose numbers of tokens are about log-normal, as those of
 * passages are.
 *
 * @param texts the texts
 * @param origin where they come from, for a reader of the figures
 */
record TextSource(List<String> texts, String origin) {
  /** Of the made-up texts: half of them are longer than so many words. */
  private static final double MEDIAN_WORDS = 60;

  /** Of the made-up texts: the deviation of the logarithm of their number of words. */
  private static final double SPREAD = 0.5;

  private static final int FEWEST_WORDS = 5;
  private static final int MOST_WORDS = 400;

  /**
   * Finds texts.
   *
   * @param count how many, or all where the collection has fewer
   * @param tokenizer bytes of the {@code tokenizer.json} for made-up texts
   * @throws TandemException of kind BAD_DATA if the collection has no text
   * @throws IOException where a file system fails
   */
  static TextSource of(BenchmarkContext context, int count, byte[] tokenizer) throws IOException {
    String collection = context.bench().collection();
    return collection == null
        ? madeUp(count, tokenizer, context.config().seed())
        : ofCollection(context, collection, count);
  }

  private static TextSource ofCollection(BenchmarkContext context, String collection, int count)
      throws IOException {
    DatasetConfig all = context.config().data().all();
    DatasetConfig dataset =
        new DatasetConfig(
            "auto",
            collection,
            null,
            null,
            null,
            all.queryMaxLength(),
            all.passageMaxLength(),
            all.queryPrefix(),
            all.passagePrefix(),
            "skip",
            List.of());
    JavaSparkContext spark = context.spark().get();
    List<String> texts =
        Dataset.scan(spark, DatasetFiles.resolve(context.hadoop(), dataset))
            .texts(spark, Role.COLLECTION)
            .filter(located -> located.value() != null)
            .map(located -> located.value().text())
            .take(count);
    if (texts.isEmpty()) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA, "bench.collection = " + collection + " has no texts");
    }
    return new TextSource(texts, "the first %d texts of %s".formatted(texts.size(), collection));
  }

  private static TextSource madeUp(int count, byte[] tokenizer, long seed) throws IOException {
    List<String> words = words(tokenizer);
    Random random = new Random(seed);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double drawn = MEDIAN_WORDS * Math.exp(SPREAD * random.nextGaussian());
      int length = (int) Math.max(FEWEST_WORDS, Math.min(MOST_WORDS, drawn));
      texts.add(text(words, length, random));
    }
    return new TextSource(
        texts,
        "made-up texts, words log-normal with median %.0f and deviation %.1f"
            .formatted(MEDIAN_WORDS, SPREAD));
  }

  /**
   * The texts in tokens, start and end token included.
   *
   * @param tokenizer bytes of a {@code tokenizer.json}
   * @param longest where they are cut
   */
  List<int[]> tokens(byte[] tokenizer, int longest) {
    try (HuggingFaceTokenizer loaded = HuggingFaceTokenizer.fromJson(tokenizer)) {
      return loaded.encodeAll(texts, longest);
    }
  }

  private static String text(List<String> words, int length, Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      String word = words.get(random.nextInt(words.size()));
      if (random.nextInt(6) == 0) { // most languages and code have words of several pieces
        word += words.get(random.nextInt(words.size()));
      }
      text.append(word).append(random.nextInt(12) == 0 ? ", " : " ");
    }
    return text.toString().strip();
  }

  private static List<String> words(byte[] tokenizer) throws IOException {
    JsonNode vocabulary = new ObjectMapper().readTree(tokenizer).path("model").path("vocab");
    List<String> words = new ArrayList<>();
    Iterator<String> names = vocabulary.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (name.matches("[a-z]{3,}")) {
        words.add(name);
      }
    }
    if (words.isEmpty()) {
      throw new IOException("the tokenizer's vocabulary has no plain words");
    }
    return words;
  }
}
