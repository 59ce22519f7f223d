package dev.tandem.jobs.submit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code submit/tandem} in a project of its own, with a JDK, Maven and Spark that only report. */
@DisabledOnOs(OS.WINDOWS)
class SubmitScriptTest {
  private static final String JAVA_17 =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit; fi
      echo "java $*"
      exit 3
      """;

  private static final String MAVEN =
      """
      #!/bin/sh
      if [ "$1" = -v ]; then echo 'Apache Maven 3.8.7'; exit; fi
      jobs="$PROJECT/spark-jobs/target"
      touch "$PROJECT/one.jar" "$PROJECT/two.jar" "$jobs/tandem-1.0.jar"
      printf '%s' "$PROJECT/one.jar:$PROJECT/two.jar" > "$jobs/classpath.txt"
      echo "$*" >> "$PROJECT/builds"
      """;

  @TempDir private Path dir;
  private Path project;
  private Path jdk;
  private Path bin;

  @BeforeEach
  void makeProject() throws IOException {
    project = Files.createDirectories(dir.resolve("project"));
    Files.createDirectories(project.resolve("submit"));
    Files.createDirectories(project.resolve("spark-jobs/src/main"));
    Files.createFile(project.resolve("pom.xml"));
    Files.createFile(project.resolve("spark-jobs/pom.xml"));
    Files.copy(Path.of("../submit/tandem"), project.resolve("submit/tandem"));
    jdk = Files.createDirectories(dir.resolve("jdk/bin"));
    program(jdk.resolve("java"), JAVA_17);
    program(jdk.resolve("javac"), "#!/bin/sh\n");
    bin = Files.createDirectories(dir.resolve("bin"));
    program(bin.resolve("mvn"), MAVEN);
    // The script looks at a build once a second.
    program(bin.resolve("sleep"), "#!/bin/sh\nexec /bin/sleep 0.02\n");
  }

  @Test
  void namesAMissingJdk() throws Exception {
    Files.delete(jdk.resolve("java"));

    Outcome outcome = run("--version");

    assertThat(outcome.status).isEqualTo(1);
    assertThat(outcome.messages)
        .isEqualTo(
            "tandem: JAVA_HOME is "
                + jdk.getParent()
                + ", where there is no bin/java. Point it at a JDK 17.\n");
  }

  @Test
  void namesAJdkOfAnotherVersion() throws Exception {
    program(jdk.resolve("java"), "#!/bin/sh\necho 'openjdk version \"21.0.1\"' >&2\n");

    assertThat(run("--version").messages)
        .startsWith("tandem: Tandem runs on JDK 17; ")
        .endsWith("is Java 21. Point JAVA_HOME at a JDK 17.\n");
  }

  @Test
  void namesAnOldMaven() throws Exception {
    program(bin.resolve("mvn"), "#!/bin/sh\necho 'Apache Maven 3.6.3'\n");

    assertThat(run("--version").messages).contains("Maven 3.8 or newer", "is 3.6.3");
  }

  @Test
  void buildsWhereItIsNotBuiltAndAgainWhereASourceIsNewer() throws Exception {
    assertThat(run("--version").messages).contains("Building Tandem", "Built in");
    assertThat(run("--version").messages).isEmpty();

    Path source = Files.createFile(project.resolve("spark-jobs/src/main/New.java"));
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(run("--version").messages).contains("Building Tandem");
  }

  @Test
  void buildsAgainWithOtherBuildArguments() throws Exception {
    assertThat(runBuiltWith("").messages).contains("Built in");
    assertThat(runBuiltWith("-Pcuda -o").messages).contains("Built in");
    assertThat(runBuiltWith("-Pcuda -o").messages).isEmpty();
    assertThat(runBuiltWith("-Pother").messages).contains("Built in");

    List<String> builds = Files.readAllLines(project.resolve("builds"));
    assertThat(builds).hasSize(3);
    assertThat(builds.get(0)).doesNotContain("-P");
    assertThat(builds.get(1)).endsWith(" -Pcuda -o package");
    assertThat(builds.get(2)).endsWith(" -Pother package");
  }

  @Test
  void keepsWhatIsBuiltWhereNoBuildArgumentsAreGiven() throws Exception {
    runBuiltWith("-Pcuda");

    assertThat(runBuiltWith("").messages).isEmpty();
    assertThat(run("--version").messages).isEmpty();
  }

  @Test
  void aFailedBuildWithOtherArgumentsIsTriedAgain() throws Exception {
    runBuiltWith("-Pcuda");
    program(
        bin.resolve("mvn"),
        """
        #!/bin/sh
        if [ "$1" = -v ]; then echo 'Apache Maven 3.9.9'; exit; fi
        exit 1
        """);
    assertThat(runBuiltWith("-Pother").status).isEqualTo(1);
    program(bin.resolve("mvn"), MAVEN);

    assertThat(runBuiltWith("-Pother").messages).contains("Built in");
  }

  @Test
  void buildsAgainWhereALibraryIsGone() throws Exception {
    run("--version");
    for (String library : List.of("one.jar", "two.jar")) {
      Files.delete(project.resolve(library));
      assertThat(run("--version").messages).as("without %s", library).contains("Built in");
    }
    assertThat(run("--version").messages).isEmpty();
  }

  private Outcome runBuiltWith(String buildArguments) throws Exception {
    return run(Map.of("TANDEM_BUILD_ARGS", buildArguments), "submit/tandem", "--version");
  }

  @Test
  void showsWhyABuildFailed() throws Exception {
    program(
        bin.resolve("mvn"),
        """
        #!/bin/sh
        if [ "$1" = -v ]; then echo 'Apache Maven 3.9.9'; exit; fi
        echo '[ERROR] no such artifact'
        exit 1
        """);

    Outcome outcome = run("--version");

    assertThat(outcome.status).isEqualTo(1);
    assertThat(outcome.messages).contains("[ERROR] no such artifact", "The build failed");
  }

  @Test
  void aLocalMasterRunsInOneJvmWithoutTheBigJar() throws Exception {
    run("--version");

    Outcome outcome = run("train", "data.query-prefix=two words", "--master", "local[2]");

    assertThat(outcome.status).as("the command's own status").isEqualTo(3);
    assertThat(outcome.output)
        .contains("-Xmx2g --add-modules=jdk.incubator.vector")
        .contains("org.apache.spark.deploy.SparkSubmit --class dev.tandem.jobs.Tandem")
        .endsWith("spark-internal train data.query-prefix=two words --master local[2]\n");
  }

  @Test
  void searchRunsWithoutSparkAndWithTheKernels() throws Exception {
    run("--version");
    Path sparkBin = Files.createDirectories(dir.resolve("spark/bin"));
    program(sparkBin.resolve("spark-submit"), "#!/bin/sh\necho \"spark-submit $*\"\n");

    Outcome outcome =
        run(
            Map.of(
                "SPARK_HOME",
                dir.resolve("spark").toString(),
                "HADOOP_CONF_DIR",
                "/etc/hadoop",
                "TANDEM_JAVA_OPTS",
                "-Da=b"),
            "submit/tandem",
            "search",
            "two words",
            "search.depth=3");

    assertThat(outcome.status).as("the command's own status").isEqualTo(3);
    assertThat(outcome.output)
        .startsWith("java -Xmx2g ")
        .contains(" --add-modules=jdk.incubator.vector ", " -Da=b ", ":/etc/hadoop:")
        .contains(" -Dtandem.columns=0 ") // no terminal
        .doesNotContain("SparkSubmit", "TieredStopAtLevel")
        .endsWith(" dev.tandem.jobs.Tandem search two words search.depth=3\n");
  }

  @Test
  void aClusterGetsTheJar() throws Exception {
    run("--version");

    assertThat(run("train", "spark.master=spark://host:7077").output)
        .contains("--master spark://host:7077")
        .contains(project.toRealPath() + "/spark-jobs/target/tandem-1.0.jar train");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "reindex --config my.conf",
        "reindex --json --config my.conf",
        "reindex --config my.conf --json",
        "reindex --config=my.conf --json"
      })
  void masterAndMemoryOfAConfigurationFileAreSeenAlsoWithJson(String arguments) throws Exception {
    run("--version");
    Files.writeString(project.resolve("my.conf"), "spark.master = ...");
    program(
        jdk.resolve("java"),
        """
        #!/bin/sh
        if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit; fi
        case "$* " in
          *--dry-run*--json*|*--json*--dry-run*) echo '{"command":"reindex"}' ;;
          *--dry-run*)
            echo 'spark.master = spark://host:7077                # my.conf: 1'
            echo 'spark.conf.spark.driver.memory = "5g"  # my.conf: 2' ;;
          *) echo "java $*" ;;
        esac
        """);

    assertThat(run(arguments.split(" ")).output)
        .startsWith("java -Xmx5g ")
        .contains(" --master spark://host:7077 ")
        .endsWith("tandem-1.0.jar " + arguments + "\n");
  }

  @Test
  void whatRunsWithoutSparkSubmitFindsTheConnectorsOfTheSparkHome() throws Exception {
    run("--version");
    Map<String, String> home = Map.of("SPARK_HOME", dir.resolve("spark").toString());

    for (String argument : List.of("--version", "search", "evaluate")) {
      assertThat(run(home, "submit/tandem", argument).output)
          .contains(":" + project + "/two.jar:" + dir + "/spark/jars/* dev.tandem.jobs.Tandem ");
    }
  }

  @Test
  void worksWhateverCdpathSays() throws Exception {
    Path other = Files.createDirectories(dir.resolve("other"));
    Files.createDirectories(other.resolve("submit"));
    Map<String, String> cdpath = Map.of("CDPATH", other.toString());

    assertThat(run(cdpath, "submit/tandem", "--version").output)
        .contains(" -cp " + project.toRealPath() + "/spark-jobs/target/");
  }

  @Test
  void sparkHomesSparkSubmitIsUsedWhereThereIsOne() throws Exception {
    run("--version");
    Path sparkBin = Files.createDirectories(dir.resolve("spark/bin"));
    program(sparkBin.resolve("spark-submit"), "#!/bin/sh\necho \"spark-submit $*\"\n");

    Outcome outcome =
        run(Map.of("SPARK_HOME", dir.resolve("spark").toString()), "submit/tandem", "train");

    assertThat(outcome.status).isZero();
    assertThat(outcome.output)
        .startsWith("spark-submit --class dev.tandem.jobs.Tandem --master local[*]")
        .endsWith("tandem-1.0.jar train\n");
  }

  @Test
  void worksThroughASymbolicLink() throws Exception {
    run("--version");
    Path link = dir.resolve("link");
    Files.createSymbolicLink(link, Path.of("project/submit/tandem"));

    assertThat(run(Map.of(), link.toString(), "--help").output)
        .endsWith("dev.tandem.jobs.Tandem --help\n");
  }

  private Outcome run(String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("submit/tandem"));
    words.addAll(List.of(arguments));
    return run(Map.of(), words.toArray(String[]::new));
  }

  private Outcome run(Map<String, String> environment, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash"));
    command.addAll(List.of(words));
    Path out = dir.resolve("out");
    Path err = dir.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(project.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    Map<String, String> variables = builder.environment();
    variables.keySet().removeIf(name -> name.startsWith("TANDEM_") || name.equals("SPARK_HOME"));
    variables.put("JAVA_HOME", jdk.getParent().toString());
    variables.put("PROJECT", project.toString());
    variables.put("PATH", bin + ":" + variables.get("PATH"));
    variables.putAll(environment);
    int status = builder.start().waitFor();
    return new Outcome(
        status,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private static void program(Path file, String text) throws IOException {
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private record Outcome(int status, String output, String messages) {}
}
