package dev.tandem.jobs.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.QrelsReader;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.data.TrainingExample;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.model.tokenize.TextTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparationTest {
  private static JavaSparkContext spark;

  @TempDir Path directory;

  @BeforeAll
  static void startSpark() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("preparation")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  /** Each word is its length; 101 starts and 102 ends, as with BERT. */
  private static final class WordLengths implements TextTokenizer {
    @Override
    public int[] encode(String text, int maxLength) {
      List<Integer> ids = new ArrayList<>(List.of(101));
      for (String word : text.strip().split("\\s+")) {
        if (ids.size() < maxLength - 1) {
          ids.add(word.length());
        }
      }
      ids.add(102);
      return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public List<int[]> encodeAll(List<String> texts, int maxLength) {
      return texts.stream().map(text -> encode(text, maxLength)).toList();
    }

    @Override
    public int vocabularySize() {
      return 103;
    }

    @Override
    public String fingerprint() {
      return "word-lengths";
    }

    @Override
    public void close() {}
  }

  private String write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return file.toString();
  }

  private PreparedDataset prepare(DatasetConfig dataset) throws IOException {
    return prepare(dataset, directory.resolve("workspace").toString());
  }

  private static PreparedDataset prepare(DatasetConfig dataset, String workspace)
      throws IOException {
    TokenizerDefinition tokenizer =
        new TokenizerDefinition(new byte[0], "word-lengths", bytes -> new WordLengths());
    return Preparation.prepare(spark, dataset, tokenizer, workspace, ProgressReporter.none());
  }

  private static DatasetConfig dataset(
      String collection, String queries, String qrels, String negatives, String onBadRecord) {
    return new DatasetConfig(
        "auto", collection, queries, qrels, negatives, 4, 5, "q: ", "", onBadRecord, List.of());
  }

  private DatasetConfig small(String onBadRecord) throws IOException {
    return dataset(
        write("collection.tsv", "p1\tone\np2\tthree four\np3\ta bb ccc dddd\np4\tx\n"),
        write("queries.tsv", "q1\tfirst\nq2\tsecond query\n"),
        write("qrels.tsv", "q2 0 p3 1\nq1 0 p1 2\nq1 0 p4 0\nq2 0 p2 1\n"),
        write("negatives.tsv", "q2\tp3\tp4\nq2\tp3\tp2\nq2\tp2\tp1\n"),
        onBadRecord);
  }

  @Test
  void tokenizesAndJoinsTrainingExamples() throws IOException {
    PreparedDataset prepared = prepare(small("fail"));

    assertThat(prepared.passages(spark).collect().stream().map(PreparationTest::shown))
        .containsExactly(
            "p1 [101, 3, 102]",
            "p2 [101, 5, 4, 102]",
            "p3 [101, 1, 2, 3, 102]",
            "p4 [101, 1, 102]");
    assertThat(prepared.queries(spark).collect().stream().map(PreparationTest::shown))
        .containsExactly("q1 [101, 2, 5, 102]", "q2 [101, 2, 6, 102]");
    assertThat(prepared.passageStatistics()).isEqualTo(new TokenStatistics(4, 3, 5, 5, 1));
    assertThat(prepared.queryStatistics().truncatedShare()).isEqualTo(0.5);
    assertThat(prepared.passageTexts(spark).first()).isEqualTo(new TextRecord("p1", "one"));
    assertThat(prepared.passageTexts(spark, List.of("p2", "p9")))
        .isEqualTo(Map.of("p2", "three four"));
    assertThat(read(prepared.qrels().orElseThrow()))
        .isEqualTo("q2 0 p3 1\nq1 0 p1 2\nq1 0 p4 0\nq2 0 p2 1\n");

    List<TrainingExample> examples = prepared.examples(spark).collect();
    assertThat(examples.stream().map(PreparationTest::shown))
        .containsExactly(
            "0 q2 p3 [p4, p1] [p2, p3]", "1 q1 p1 [] [p1]", "2 q2 p2 [p4, p1] [p2, p3]");
    assertThat(examples.get(0).positive().tokens()).containsExactly(101, 1, 2, 3, 102);
    assertThat(examples.get(0).query().tokens()).containsExactly(101, 2, 6, 102);
  }

  @Test
  void isDoneOnceForTheSameContents() throws IOException {
    PreparedDataset first = prepare(small("fail"));
    PreparedDataset again = prepare(small("fail"));
    assertThat(again.path()).isEqualTo(first.path());
    assertThat(again.manifest()).isEqualTo(first.manifest());
    DatasetConfig longer =
        new DatasetConfig(
            "auto",
            directory.resolve("collection.tsv").toString(),
            null,
            null,
            null,
            4,
            6,
            "",
            "",
            "fail",
            List.of());
    PreparedDataset other = prepare(longer);
    assertThat(other.path()).isNotEqualTo(first.path());
    assertThat(other.exampleCount()).isZero();
    assertThat(other.queries(spark).collect()).isEmpty();
  }

  private DatasetConfig bad(String onBadRecord) throws IOException {
    return dataset(
        write("collection.tsv", "p1\tone\nbroken\np2\ttwo\np1\tagain\n"),
        write("queries.tsv", "q1\tfirst\nq2\tsecond\n"),
        write("qrels.tsv", "q1 0 p1 1\nq9 0 p2 1\nq2 0 p7 1\nq1 0 p1 1\nq2 0 p2 x\nq2 0 p2 1\n"),
        null,
        onBadRecord);
  }

  @Test
  void reportsEveryBadRecordWithItsPlace() throws IOException {
    DatasetConfig dataset = bad("fail");
    assertThatThrownBy(() -> prepare(dataset))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.BAD_DATA))
        .message()
        .contains(
            "6 bad records (1 malformed line, 1 bad grade, 1 duplicate id, 1 duplicate judgement,"
                + " 1 unknown query id, 1 unknown passage id)",
            "collection.tsv:2: malformed line: no tab between id and text in 'broken'",
            "collection.tsv:4: duplicate id: 'p1' was first given in ",
            "collection.tsv:1\n",
            "qrels.tsv:2: unknown query id: no query of the data set has the id 'q9'",
            "qrels.tsv:3: unknown passage id: no passage of the data set has the id 'p7'",
            "qrels.tsv:4: duplicate judgement",
            "qrels.tsv:5: bad grade: the grade 'x' is no whole number",
            "data.on-bad-record = skip");
    assertThat(directory.resolve("workspace").resolve("prepared")).isEmptyDirectory();
  }

  @Test
  void anEmptyCollectionIsToldInPlaceOfEachJudgement() throws IOException {
    DatasetConfig dataset =
        dataset(
            write("collection.tsv", ""),
            write("queries.tsv", "q1\tfirst\n"),
            write("qrels.tsv", "q1 0 p1 1\n"),
            null,
            "fail");
    assertThatThrownBy(() -> prepare(dataset))
        .isInstanceOf(TandemException.class)
        .hasMessageContainingAll("There are no passages in the collection", "collection.tsv")
        .hasMessageNotContaining("p1");
  }

  @Test
  void leavesBadRecordsOutAndListsThem() throws IOException {
    PreparedDataset prepared = prepare(bad("skip"));
    assertThat(prepared.passageTexts(spark).collect())
        .containsExactly(new TextRecord("p1", "one"), new TextRecord("p2", "two"));
    assertThat(prepared.examples(spark).collect().stream().map(PreparationTest::shown))
        .containsExactly("0 q1 p1 [] [p1]", "1 q2 p2 [] [p2]");
    assertThat(prepared.skipped())
        .containsEntry("malformed line", 1L)
        .containsEntry("duplicate id", 1L)
        .hasSize(6);
    String quarantine =
        read(new org.apache.hadoop.fs.Path(prepared.path(), PreparedDataset.QUARANTINE));
    assertThat(quarantine.lines()).hasSize(6);
    assertThat(quarantine)
        .contains("collection.tsv:2\tmalformed line\tno tab")
        .contains("\tbroken\n")
        .contains("\tp1\tagain\n")
        .contains("\tq2 0 p2 x\n");
  }

  @Test
  void aTruncatedFileFailsEvenWhereRecordsAreSkipped() throws IOException {
    Path file = directory.resolve("collection.tsv.gz");
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    try (OutputStream zip = new java.util.zip.GZIPOutputStream(bytes)) {
      for (int i = 0; i < 1000; i++) {
        zip.write((i + "\ttext\n").getBytes(StandardCharsets.UTF_8));
      }
    }
    Files.write(file, Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
    DatasetConfig dataset = dataset(file.toString(), null, null, null, "skip");
    assertThatThrownBy(() -> prepare(dataset))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("collection.tsv.gz:")
        .hasMessageContaining("was not copied whole");
  }

  @Test
  void namesAMissingFile() {
    DatasetConfig dataset = dataset(directory + "/none-*.tsv", null, null, null, "fail");
    assertThatThrownBy(() -> prepare(dataset))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("none-*.tsv: there is no such file");
  }

  @Test
  void makesADataSetOfJavaSources() throws IOException {
    String body = "{ int sum = 0; for (int i = 0; i < n; i++) { sum += i * i; } return sum + %s; }";
    Path jar = directory.resolve("lib-1.0-sources.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      entry(
          zip,
          "a/C.java",
          "package a; class C { /** Adds up all squares. */ int one(int n) "
              + String.format(body, "1")
              + "/** Adds up all squares. */ int two(int n) "
              + String.format(body, "2")
              + "int none(int n) "
              + String.format(body, "3")
              + "}");
      entry(
          zip,
          "a/D.java",
          "package a; class D { /** Repeats another method. */ int one(int n)   "
              + String.format(body, "1")
              + "}");
      entry(zip, "a/Broken.java", "class {");
    }
    PreparedDataset prepared = prepare(dataset(jar.toString(), null, null, null, "fail"));
    assertThat(prepared.passages(spark).map(TokenizedText::id).collect())
        .containsExactly("lib/a.C#one.1", "lib/a.C#two.1", "lib/a.C#none.1");
    assertThat(prepared.queryTexts(spark).collect())
        .containsExactly(new TextRecord("q:lib/a.C#one.1", "Adds up all squares."));
    assertThat(prepared.examples(spark).collect().get(1).knownPositives())
        .containsExactly("lib/a.C#one.1", "lib/a.C#two.1");

    PreparedDataset with =
        prepare(
            keeping(
                dataset(jar.toString(), null, null, null, "fail"),
                List.of("version", "library", "package", "class")));
    assertThat(with.passageTexts(spark).first().metadata())
        .isEqualTo(Map.of("library", "lib", "version", "1.0", "package", "a", "class", "C"));
    assertThat(with.passageTexts(spark).map(TextRecord::text).collect())
        .isEqualTo(prepared.passageTexts(spark).map(TextRecord::text).collect());
    assertThat(with.examples(spark).count()).isEqualTo(prepared.examples(spark).count());
  }

  private static DatasetConfig keeping(DatasetConfig config, List<String> fields) {
    return new DatasetConfig(
        config.format(),
        config.collection(),
        config.queries(),
        config.qrels(),
        config.negatives(),
        config.queryMaxLength(),
        config.passageMaxLength(),
        config.queryPrefix(),
        config.passagePrefix(),
        config.onBadRecord(),
        fields);
  }

  @Test
  void keepsMetadataOfPassagesWhereTheyAreWanted() throws IOException {
    DatasetConfig plain =
        dataset(
            write(
                "corpus.jsonl",
                """
                {"_id": "a", "text": "one", "metadata": {"lang": "en", "year": 2020}}
                {"_id": "b", "text": "two words", "lang": "de"}
                {"_id": "c", "text": "three"}
                """),
            write("queries.jsonl", "{\"_id\": \"q\", \"text\": \"one\", \"lang\": \"en\"}\n"),
            null,
            null,
            "fail");
    PreparedDataset without = prepare(plain);
    PreparedDataset with = prepare(keeping(plain, List.of("year", "lang", "nowhere")));
    assertThat(with.path()).isNotEqualTo(without.path());
    assertThat(with.metadataFields()).containsExactly("lang", "nowhere", "year");
    assertThat(without.metadataFields()).isEmpty();
    assertThat(with.passageTexts(spark).map(TextRecord::metadata).collect())
        .containsExactly(
            new TreeMap<>(Map.of("lang", "en", "year", "2020")),
            new TreeMap<>(Map.of("lang", "de")),
            new TreeMap<>());
    assertThat(without.passageTexts(spark).collect())
        .allSatisfy(record -> assertThat(record.metadata()).isEmpty());
    assertThat(with.queryTexts(spark).first()).isEqualTo(new TextRecord("q", "one"));
    // Only texts with metadata are of the new version, all else is as it was before there were any.
    assertThat(shardVersions(with, "passages")).containsExactly(2);
    assertThat(shardVersions(with, "queries")).containsExactly(1);
    assertThat(shardVersions(without, "passages")).containsExactly(1);
    // The order of the fields says nothing.
    assertThat(prepare(keeping(plain, List.of("nowhere", "lang", "year"))).path())
        .isEqualTo(with.path());
  }

  private static List<Integer> shardVersions(PreparedDataset dataset, String prefix)
      throws IOException {
    List<Integer> versions = new ArrayList<>();
    for (String name : dataset.manifest().files().keySet()) {
      if (name.startsWith(prefix) && name.endsWith(PreparedDataset.TEXTS)) {
        org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(dataset.path(), name);
        try (InputStream in = file.getFileSystem(new Configuration()).open(file)) {
          versions.add((int) in.readNBytes(5)[4]);
        }
      }
    }
    return versions;
  }

  @Test
  void malformedMetadataAreBadRecords() throws IOException {
    DatasetConfig dataset =
        keeping(
            dataset(
                write(
                    "corpus.tsv",
                    "a\tone\t{\"lang\":\"en\"}\nb\ttwo\tde\nc\tthree\t{\"lang\":[1]}\n"),
                null,
                null,
                null,
                "fail"),
            List.of("lang"));
    assertThatThrownBy(() -> prepare(dataset))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("corpus.tsv:2: malformed")
        .hasMessageContaining("the metadata after the last tab are no JSON")
        .hasMessageContaining("corpus.tsv:3")
        .hasMessageContaining("the metadata field 'lang' is no text, number or boolean: '[1]'");
  }

  @Test
  void queryIdsThatBeginLikeACommentKeepTheirJudgements() throws IOException {
    PreparedDataset prepared =
        prepare(
            dataset(
                write("collection.tsv", "#p\tone\np2\tthree four\n"),
                write("queries.tsv", "#q\tfirst\nq2\tsecond query\n"),
                write("qrels.tsv", "#q 0 #p 1\nq2 0 p2 2\n#q 0 p2 0\n"),
                null,
                "fail"));
    Qrels qrels = QrelsReader.read(prepared.qrels().orElseThrow(), new Configuration());
    assertThat(qrels.queries()).containsExactlyInAnyOrder("#q", "q2");
    assertThat(qrels.judgements("#q")).isEqualTo(Map.of("#p", 1, "p2", 0));
    assertThat(prepared.judgementCount()).isEqualTo(3);
  }

  private static void entry(ZipOutputStream zip, String name, String text) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(text.getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
  }

  @Test
  void preparesOnHdfs() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, directory.resolve("hdfs").toString());
    configuration.set("dfs.datanode.hostname", "localhost");
    try (MiniDFSCluster cluster =
        new MiniDFSCluster.Builder(configuration).numDataNodes(1).build()) {
      cluster.waitActive();
      FileSystem hdfs = cluster.getFileSystem();
      URI root = hdfs.getUri();
      DatasetConfig local = small("fail");
      for (String file : List.of("collection.tsv", "queries.tsv", "qrels.tsv")) {
        hdfs.copyFromLocalFile(
            new org.apache.hadoop.fs.Path(directory.resolve(file).toUri()),
            new org.apache.hadoop.fs.Path("/data/" + file));
      }
      PreparedDataset prepared =
          prepare(
              dataset(root + "/data/collection.t*", root + "/data/queries.tsv", null, null, "fail"),
              root + "/workspace");
      assertThat(prepared.path().toString()).startsWith("hdfs://");
      assertThat(prepared.passages(spark).count()).isEqualTo(4);
      PreparedDataset onDisk = prepare(local);
      PreparedDataset withExamples =
          prepare(
              dataset(
                  root + "/data/collection.tsv",
                  root + "/data/queries.tsv",
                  root + "/data/qrels.tsv",
                  local.negatives(),
                  "fail"),
              root + "/workspace");
      assertThat(withExamples.manifest().files()).isEqualTo(onDisk.manifest().files());
    }
  }

  private static String read(org.apache.hadoop.fs.Path file) throws IOException {
    try (java.io.InputStream in = file.getFileSystem(new Configuration()).open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String shown(TokenizedText text) {
    return text.id() + " " + Arrays.toString(text.tokens());
  }

  private static String shown(TrainingExample example) {
    return example.index()
        + " "
        + example.query().id()
        + " "
        + example.positive().id()
        + " "
        + example.hardNegatives().stream().map(TokenizedText::id).toList()
        + " "
        + example.knownPositives();
  }
}
