package dev.tandem.jobs.javasource;

import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * Finds source jars by Maven coordinates: in the local repository, else through the Maven on this
 * machine, which knows the user's mirrors, proxies and credentials. All missing jars are fetched by
 * one Maven run.
 */
public final class MavenSources {
  // Pinned, as "dependency:..." alone would ask the network for the newest version each time.
  private static final String PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
  private static final Pattern LOCAL_REPOSITORY =
      Pattern.compile("<localRepository>\\s*([^<]+?)\\s*</localRepository>");

  private static final Pattern COLOURS = Pattern.compile("\u001b\\[[0-9;]*m");

  private final Path localRepository;
  private final List<String> maven;

  /**
   * With a local repository and a Maven of one's own choice.
   *
   * @param localRepository looked into first
   * @param maven command that starts Maven
   */
  public MavenSources(Path localRepository, List<String> maven) {
    this.localRepository = localRepository;
    this.maven = List.copyOf(maven);
  }

  /**
   * As the user's Maven is set up: the local repository of the system property {@code
   * maven.repo.local}, of {@code settings.xml}, or {@code ~/.m2/repository}; the Maven of {@code
   * MAVEN_HOME} or on the path.
   */
  public static MavenSources ofUser() {
    Path home = Path.of(System.getProperty("user.home"), ".m2");
    String told = System.getProperty("maven.repo.local");
    Path repository =
        told != null
            ? Path.of(told)
            : configured(home.resolve("settings.xml")).orElse(home.resolve("repository"));
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    String mavenHome = System.getenv("MAVEN_HOME");
    String name = windows ? "mvn.cmd" : "mvn";
    String command = mavenHome == null ? name : Path.of(mavenHome, "bin", name).toString();
    return new MavenSources(repository, List.of(command));
  }

  private static Optional<Path> configured(Path settings) {
    try {
      if (!Files.exists(settings)) {
        return Optional.empty();
      }
      Matcher match = LOCAL_REPOSITORY.matcher(Files.readString(settings));
      return match.find()
          ? Optional.of(
              Path.of(match.group(1).replace("${user.home}", System.getProperty("user.home"))))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Finds source jars and copies them into the workspace, where executors can read them too.
   *
   * @param coordinates {@code group:artifact:version} each
   * @param workspace directory on any Hadoop file system, under which {@code source-jars} is used
   * @return qualified paths of the jars, in the order of the coordinates
   * @throws TandemException of kind USAGE for a malformed coordinate, or where a jar can be neither
   *     found nor fetched
   * @throws IOException where a file system fails
   */
  public List<String> resolve(List<String> coordinates, Configuration hadoop, String workspace)
      throws IOException {
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(workspace, "source-jars");
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    Map<Coordinate, org.apache.hadoop.fs.Path> targets = new LinkedHashMap<>();
    for (String text : coordinates) {
      Coordinate coordinate = Coordinate.parse(text);
      targets.put(
          coordinate,
          fileSystem.makeQualified(
              new org.apache.hadoop.fs.Path(
                  directory, coordinate.group() + "/" + coordinate.jarName())));
    }
    List<Coordinate> missing = new ArrayList<>();
    for (Map.Entry<Coordinate, org.apache.hadoop.fs.Path> target : targets.entrySet()) {
      if (!fileSystem.exists(target.getValue())) {
        Path local = target.getKey().in(localRepository);
        if (Files.exists(local)) {
          copy(fileSystem, local, target.getValue());
        } else {
          missing.add(target.getKey());
        }
      }
    }
    if (!missing.isEmpty()) {
      fetch(missing, fileSystem, targets);
    }
    return targets.values().stream().map(org.apache.hadoop.fs.Path::toString).toList();
  }

  private static void copy(FileSystem fileSystem, Path from, org.apache.hadoop.fs.Path to)
      throws IOException {
    org.apache.hadoop.fs.Path temporary =
        new org.apache.hadoop.fs.Path(to.getParent(), "." + to.getName() + ".partial");
    fileSystem.copyFromLocalFile(
        false, true, new org.apache.hadoop.fs.Path(from.toUri()), temporary);
    fileSystem.delete(to, false);
    if (!fileSystem.rename(temporary, to)) {
      throw new IOException("Cannot rename " + temporary + " to " + to);
    }
  }

  private void fetch(
      List<Coordinate> missing,
      FileSystem fileSystem,
      Map<Coordinate, org.apache.hadoop.fs.Path> targets)
      throws IOException {
    Path work = Files.createTempDirectory("tandem-sources");
    try {
      Files.writeString(work.resolve("pom.xml"), pom(missing));
      List<String> command = new ArrayList<>(maven);
      command.addAll(
          List.of(
              "-q",
              "-B",
              PLUGIN + ":copy-dependencies",
              "-DexcludeTransitive=true",
              "-Dmdep.useBaseVersion=true",
              "-DoutputDirectory=" + work.resolve("jars")));
      if (System.getProperty("maven.repo.local") != null) {
        command.add("-Dmaven.repo.local=" + localRepository);
      }
      String output = run(command, work);
      for (Coordinate coordinate : missing) {
        Path jar = work.resolve("jars").resolve(coordinate.jarName());
        if (!Files.exists(jar)) {
          throw failure(missing, output);
        }
        copy(fileSystem, jar, targets.get(coordinate));
      }
    } finally {
      FileSystem.getLocal(new Configuration(false))
          .delete(new org.apache.hadoop.fs.Path(work.toUri()), true);
    }
  }

  private String run(List<String> command, Path directory) throws IOException {
    Path log = directory.resolve("maven.log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      process.getOutputStream().close();
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while Maven ran", e);
    } catch (IOException e) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          "Maven did not start ("
              + e.getMessage()
              + "). It is needed to fetch source jars: install Maven 3.8 or newer and have mvn on"
              + " the path.",
          e);
    }
    return Files.readString(log);
  }

  private static TandemException failure(List<Coordinate> missing, String output) {
    String first =
        output
            .lines()
            .filter(line -> line.contains("ERROR"))
            .map(line -> COLOURS.matcher(line).replaceAll(""))
            .findFirst()
            .orElse("Maven gave no reason.");
    StringBuilder message = new StringBuilder("Cannot get the source jars of:");
    missing.forEach(coordinate -> message.append("\n  ").append(coordinate));
    message
        .append("\n")
        .append(first.length() > 500 ? first.substring(0, 500) + "…" : first)
        .append(
            "\nCheck the coordinates and the network (a mirror or proxy goes into"
                + " ~/.m2/settings.xml). Without a network, fetch them elsewhere with\n  mvn"
                + " dependency:get -Dtransitive=false -Dartifact=GROUP:ARTIFACT:VERSION:jar:sources"
                + "\nand copy that local repository here.");
    return new TandemException(TandemException.Kind.USAGE, message.toString());
  }

  private static String pom(List<Coordinate> missing) {
    StringBuilder pom =
        new StringBuilder(
            "<project><modelVersion>4.0.0</modelVersion><groupId>dev.tandem</groupId>"
                + "<artifactId>fetch-sources</artifactId><version>1</version><dependencies>");
    for (Coordinate c : missing) {
      pom.append("<dependency><groupId>").append(c.group()).append("</groupId><artifactId>");
      pom.append(c.artifact()).append("</artifactId><version>").append(c.version());
      pom.append("</version><classifier>sources</classifier><exclusions><exclusion><groupId>*");
      pom.append("</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>");
    }
    return pom.append("</dependencies></project>").toString();
  }

  private record Coordinate(String group, String artifact, String version) {
    private static final Pattern FORM = Pattern.compile("([\\w.-]+):([\\w.-]+):([\\w.-]+)");

    static Coordinate parse(String text) {
      Matcher match = FORM.matcher(text);
      if (!match.matches()) {
        throw new TandemException(
            TandemException.Kind.USAGE,
            "'" + text + "' is no Maven coordinate: write group:artifact:version");
      }
      return new Coordinate(match.group(1), match.group(2), match.group(3));
    }

    String jarName() {
      return artifact + "-" + version + "-sources.jar";
    }

    Path in(Path repository) {
      return repository
          .resolve(group.replace('.', '/'))
          .resolve(artifact)
          .resolve(version)
          .resolve(jarName());
    }

    @Override
    public String toString() {
      return group + ":" + artifact + ":" + version;
    }
  }
}
