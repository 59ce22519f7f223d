package dev.tandem.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
  @TempDir private Path dir;

  @Test
  void laterFilesWinOverEarlierOnesAndTheCommandLineOverAll() throws IOException {
    String first = file("first.conf", "train { epochs = 2, batch-size = 8, queue.size = 1 }");
    String second = file("second.conf", "train.batch-size = 16\ntrain.queue.size = 2");

    LoadedConfig loaded = load(List.of(first, second), "train.queue.size=3");

    assertThat(loaded.problems().list()).isEmpty();
    TrainConfig train = loaded.config().train();
    assertThat(train.epochs()).isEqualTo(2);
    assertThat(train.batchSize()).isEqualTo(16);
    assertThat(train.queue().size()).isEqualTo(3);
    assertThat(loaded.settings())
        .contains(
            new LoadedConfig.Setting("train.epochs", "2", first + ":1"),
            new LoadedConfig.Setting("train.batch-size", "16", second + ":1"),
            new LoadedConfig.Setting("train.queue.size", "3", "command line"),
            new LoadedConfig.Setting("seed", "42", "default"));
  }

  @Test
  void reportsEveryProblemAtOnce() throws IOException {
    String file =
        file(
            "my.conf",
            """
            seed = 4.5
            model { pooling = men, sorce = "x" }
            train {
              epochs = 0
              batch_size = 32
              loss { temperature = hot }
              queue = 512
              optimizer = Adam
              schedule.warmup = 2
            }
            experiment.tags = one
            data.train.query-max-length = 1
            """);

    LoadedConfig loaded =
        load(
            List.of(file, dir + "/absent.conf"),
            "batch-size=3",
            "train.resume=perhaps",
            "train.epoch=2",
            "oops");

    assertThat(loaded.complete()).isFalse();
    assertThat(loaded.problems().report().replace(dir.toString(), "DIR"))
        .isEqualTo(
            """
            16 problems in the configuration or command line:
              --config = DIR/absent.conf   (command line)
                  cannot be read: there is no such file
              oops   (command line)
                  is no key=value, as in train.epochs=2; a configuration file is named with --config
              batch-size = 3   (command line)
                  unknown key; did you mean train.batch-size or encode.batch-size?
              model.sorce = "x"   (DIR/my.conf:2)
                  unknown key; did you mean model.source?
              train.batch_size = 32   (DIR/my.conf:5)
                  unknown key; did you mean train.batch-size?
              train.epoch = 2   (command line)
                  unknown key; did you mean train.epochs?
              train.queue = 512   (DIR/my.conf:7)
                  is a group of keys, not a value: size, pairs
              seed = 4.5   (DIR/my.conf:1)
                  must be a whole number
              experiment.tags = "one"   (DIR/my.conf:11)
                  must be a list of texts, as ["a", "b"]
              data.train.query-max-length = 1   (DIR/my.conf:12)
                  must be a whole number from 2 to 8192
              model.pooling = "men"   (DIR/my.conf:2)
                  must be one of auto, cls, mean, max; did you mean mean?
              train.epochs = 0   (DIR/my.conf:4)
                  must be a whole number from 1 up
              train.loss.temperature = "hot"   (DIR/my.conf:6)
                  must be a number from 0.0001 to 10000
              train.optimizer = "Adam"   (DIR/my.conf:8)
                  must be a group with class and the class's arguments
              train.resume = "perhaps"   (command line)
                  must be true or false
              train.schedule.warmup = 2   (DIR/my.conf:9)
                  must be a share of all steps, at least 0 and at most 1""");
    assertThatThrownBy(() -> loaded.problems().throwIfAny())
        .isInstanceOfSatisfying(
            TandemException.class, e -> assertThat(e.kind().exitStatus()).isEqualTo(2));
  }

  @Test
  void saysWhereAFileIsNoHocon() throws IOException {
    String file = file("broken.conf", "train {\n  epochs = 2\n");

    LoadedConfig loaded = load(List.of(file));

    assertThat(loaded.complete()).isFalse();
    assertThat(loaded.problems().list())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.origin()).isEqualTo(file + ":3");
              assertThat(problem.message()).startsWith("is no HOCON: ");
            });
  }

  @Test
  void saysWhereASubstitutionNamesNothing() throws IOException {
    String file = file("substitution.conf", "\nexperiment.name = ${no.such.key}");

    LoadedConfig loaded = load(List.of(file));

    assertThat(loaded.problems().list())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.origin()).isEqualTo(file + ":2");
              assertThat(problem.message()).contains("${no.such.key}");
            });
  }

  @Test
  void substitutionsReadOtherKeysAndTheEnvironment() throws IOException {
    String file =
        file(
            "substitution.conf",
            """
            experiment { name = mine, name = ${?TANDEM_NO_SUCH_VARIABLE}, notes = ${PATH} }
            experiment.tags = ${experiment.tags} [${experiment.name}]
            """);

    LoadedConfig loaded = load(List.of(file), "retrieve.tag=${experiment.name}");

    assertThat(loaded.problems().list()).isEmpty();
    assertThat(loaded.config().experiment().name()).isEqualTo("mine");
    assertThat(loaded.config().experiment().notes()).isEqualTo(System.getenv("PATH"));
    assertThat(loaded.config().experiment().tags()).containsExactly("mine");
    assertThat(loaded.config().retrieve().tag()).isEqualTo("mine");
  }

  @Test
  void textsOnTheCommandLineNeedNoQuotes() {
    TandemConfig config =
        load(
                List.of(),
                "data.collection=hdfs://host:8020/a//b#c.tsv",
                "data.query-prefix=query: ",
                "data.passage-prefix=\"passage: \"",
                "experiment.name=2024",
                "encode.output=null",
                "experiment.tags=[a, b]")
            .config();

    assertThat(config.data().all().collection()).isEqualTo("hdfs://host:8020/a//b#c.tsv");
    assertThat(config.data().all().queryPrefix()).isEqualTo("query: ");
    assertThat(config.data().all().passagePrefix()).isEqualTo("passage: ");
    assertThat(config.experiment().name()).isEqualTo("2024");
    assertThat(config.encode().output()).isNull();
    assertThat(config.experiment().tags()).containsExactly("a", "b");
  }

  @Test
  void trainAndValidationTakeFromDataWhatTheyLeaveOut() throws IOException {
    String file =
        file(
            "data.conf",
            """
            data { collection = all.tsv, queries = all-queries.tsv, negatives = n.tsv }
            data.train { queries = train.tsv, query-max-length = 16 }
            data.validation { negatives = null }
            """);

    LoadedConfig loaded = load(List.of(file));

    DataConfig data = loaded.config().data();
    assertThat(data.train().collection()).isEqualTo("all.tsv");
    assertThat(data.train().queries()).isEqualTo("train.tsv");
    assertThat(data.train().queryMaxLength()).isEqualTo(16);
    assertThat(data.train().negatives()).isEqualTo("n.tsv");
    assertThat(data.validation().queries()).isEqualTo("all-queries.tsv");
    assertThat(data.validation().negatives()).isNull();
    assertThat(data.validation().queryMaxLength()).isEqualTo(32);
  }

  @Test
  void anInvalidKeyOfDataIsReportedOnceThoughThreeGroupsTakeIt() {
    assertThat(load(List.of(), "data.format=tvs").problems().list())
        .extracting(Problem::key)
        .containsExactly("data.format");
  }

  @Test
  void argumentsOfTheDefaultOptimizerDoNotReachAnother() {
    ClassConfig optimizer =
        load(List.of(), "train.optimizer.class=Sgd", "train.optimizer.learning-rate=0.1")
            .config()
            .train()
            .optimizer();

    assertThat(optimizer.className()).isEqualTo("Sgd");
    assertThat(optimizer.arguments()).isEqualTo(Map.of("learning-rate", 0.1));
  }

  @Test
  void argumentsOfTheDefaultOptimizerStayWhereItsClassDoes() {
    ClassConfig optimizer =
        load(List.of(), "train.optimizer.class=AdamW", "train.optimizer.learning-rate=0.1")
            .config()
            .train()
            .optimizer();

    assertThat(optimizer.arguments()).isEqualTo(Map.of("learning-rate", 0.1, "weight-decay", 0.01));
  }

  @Test
  void whatIsWrongWithAnOptimizerIsReportedWithItsOrigin() throws IOException {
    String file = file("sgd.conf", "train.optimizer { class = Sgd, momentum = 0.9 }");

    assertThat(load(List.of(file), "train.schedule.class=WarmupLiner").problems().list())
        .extracting(Problem::key, Problem::value, Problem::origin)
        .containsExactly(
            tuple("train.optimizer.momentum", "0.9", file + ":1"),
            tuple("train.schedule.class", "\"WarmupLiner\"", "command line"));
  }

  @Test
  void sparkPropertiesAreNamedByTheirFullNames() throws IOException {
    String file =
        file(
            "spark.conf",
            "spark.conf { spark.executor { memory = 2g, cores = 2 }, \"spark.speculation\" = true"
                + ", spark.speculation.interval = 1s }");

    LoadedConfig loaded = load(List.of(file), "spark.conf.spark.executor.memory=4g");

    assertThat(loaded.problems().list()).isEmpty();
    assertThat(loaded.config().spark().conf())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "spark.executor.memory", "4g",
                "spark.executor.cores", "2",
                "spark.speculation", "true",
                "spark.speculation.interval", "1s"));
  }

  @Test
  void keysNoLongerUsedAreAnsweredWithWhatToUse() {
    ConfigLoader loader =
        new ConfigLoader(
            new Configuration(false), Map.of("train.rounds", "use train.averaging.frequency"));

    assertThat(
            loader.load(new ConfigSources(List.of(), List.of("train.rounds=2"))).problems().list())
        .extracting(Problem::message)
        .containsExactly("this key is no longer used: use train.averaging.frequency");
  }

  @Test
  void commandsAddWhatTheyMiss() throws IOException {
    Files.writeString(dir.resolve("queries.tsv"), "1\tq\n");
    LoadedConfig loaded =
        load(
            List.of(),
            "data.collection=" + dir + "/collection*.tsv",
            "data.validation.queries=" + dir + "/{queries,others}.tsv, " + dir + "/none.tsv");
    Problems problems = loaded.problems();

    problems.requireFile("data.train.collection", "the passages");
    problems.requireFile("data.validation.collection", "the passages");
    problems.requireFile("data.validation.queries", "the queries");
    problems.requireFile("data.validation.qrels", "the judgements, as data.qrels=qrels.txt");
    problems.checkFile("encode.output");
    problems.add("train.epochs", "must be odd");

    assertThat(problems.report().replace(dir.toString(), "DIR"))
        .isEqualTo(
            """
            4 problems in the configuration or command line:
              data.collection = DIR/collection*.tsv   (command line)
                  missing file: nothing matches file:DIR/collection*.tsv
              data.validation.queries = DIR/none.tsv   (command line)
                  missing file: there is no file:DIR/none.tsv
              data.validation.qrels
                  not set: the judgements, as data.qrels=qrels.txt
              train.epochs = 1   (default)
                  must be odd""");
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text).toString();
  }

  private static LoadedConfig load(List<String> files, String... overrides) {
    return new ConfigLoader(new Configuration(false))
        .load(new ConfigSources(files, List.of(overrides)));
  }
}
