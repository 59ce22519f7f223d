package dev.tandem.jobs.data;

import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The files a data set consists of, found by the paths and globs of its configuration.
 *
 * <p>A path may be a file, a glob, a directory (its files, hidden ones and those starting with an
 * underscore left out), or several of these parted by commas. The format is the configured one or,
 * with {@code auto}, said by the names: {@code .jar} are Java sources, {@code .jsonl} (also with
 * {@code .gz}) or a directory holding {@code corpus.jsonl} is BEIR, everything else TSV. A BEIR
 * directory also brings its {@code queries.jsonl} where no queries are configured; judgements are
 * always named, as there is a choice of train, dev and test.
 *
 * @param format the format of the collection
 * @param queryFormat the format of the queries, which with {@code auto} may be another one
 * @param files qualified paths by role, sorted; a role not configured has none
 * @param metadataFields metadata fields of passages that are kept, ascending
 */
public record DatasetFiles(
    DataFormat format,
    DataFormat queryFormat,
    Map<Role, List<String>> files,
    List<String> metadataFields) {
  public DatasetFiles {
    Map<Role, List<String>> copy = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      copy.put(role, List.copyOf(files.getOrDefault(role, List.of())));
    }
    files = Collections.unmodifiableMap(copy);
    metadataFields = metadataFields.stream().sorted().distinct().toList();
  }

  /** The files of a role. */
  public List<String> of(Role role) {
    return files.get(role);
  }

  /**
   * Finds the files.
   *
   * @throws TandemException of kind USAGE naming every path that matches nothing
   * @throws IOException where a file system fails
   */
  public static DatasetFiles resolve(Configuration hadoop, DatasetConfig dataset)
      throws IOException {
    List<String> problems = new ArrayList<>();
    Map<Role, List<String>> files = new EnumMap<>(Role.class);
    files.put(Role.COLLECTION, find(hadoop, Role.COLLECTION, dataset.collection(), problems));
    files.put(Role.QUERIES, find(hadoop, Role.QUERIES, dataset.queries(), problems));
    files.put(Role.QRELS, find(hadoop, Role.QRELS, dataset.qrels(), problems));
    files.put(Role.NEGATIVES, find(hadoop, Role.NEGATIVES, dataset.negatives(), problems));
    DataFormat format = format(dataset.format(), files.get(Role.COLLECTION));
    if (files.get(Role.COLLECTION).isEmpty()) {
      format = format(dataset.format(), files.get(Role.QUERIES));
    }
    if (format == DataFormat.BEIR) {
      beirDirectory(hadoop, files);
    }
    if (format == DataFormat.JAVA_SOURCES) {
      for (Role role : List.of(Role.QUERIES, Role.QRELS, Role.NEGATIVES)) {
        if (!files.get(role).isEmpty()) {
          problems.add(
              "data."
                  + role.key()
                  + " is set, but java-sources make their own from the Javadoc in data.collection:"
                  + " leave it out");
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new TandemException(TandemException.Kind.USAGE, String.join("\n", problems));
    }
    return new DatasetFiles(
        format, format(dataset.format(), files.get(Role.QUERIES)), files, dataset.metadataFields());
  }

  private static List<String> find(
      Configuration hadoop, Role role, String configured, List<String> problems)
      throws IOException {
    List<String> found = new ArrayList<>();
    if (configured == null) {
      return found;
    }
    for (String pattern : Problems.splitPaths(configured)) {
      Path path = new Path(pattern);
      FileSystem fileSystem = path.getFileSystem(hadoop);
      FileStatus[] matches = fileSystem.globStatus(path);
      List<String> here = new ArrayList<>();
      for (FileStatus match : matches == null ? new FileStatus[0] : matches) {
        if (match.isFile()) {
          here.add(match.getPath().toString());
        } else {
          here.addAll(inDirectory(fileSystem, role, match.getPath()));
        }
      }
      if (here.isEmpty()) {
        problems.add(
            "data."
                + role.key()
                + " = "
                + pattern
                + (matches == null || matches.length == 0
                    ? ": there is no such file"
                    : ": there are no files in this directory"));
      }
      Collections.sort(here);
      found.addAll(here);
    }
    return found.stream().distinct().toList();
  }

  private static List<String> inDirectory(FileSystem fileSystem, Role role, Path directory)
      throws IOException {
    FileStatus[] children =
        fileSystem.listStatus(
            directory,
            child -> !child.getName().startsWith(".") && !child.getName().startsWith("_"));
    List<String> files =
        Arrays.stream(children)
            .filter(FileStatus::isFile)
            .map(child -> child.getPath().toString())
            .sorted()
            .toList();
    // A BEIR data set's directory holds queries and descriptions beside the corpus.
    if (role == Role.COLLECTION) {
      List<String> corpus = files.stream().filter(DatasetFiles::isBeirCorpus).toList();
      return corpus.isEmpty() ? files : corpus;
    }
    return files;
  }

  private static boolean isBeirCorpus(String file) {
    String name = new Path(file).getName();
    return name.equals("corpus.jsonl") || name.equals("corpus.jsonl.gz");
  }

  private static DataFormat format(String configured, List<String> names) {
    return switch (configured) {
      case "tsv" -> DataFormat.TSV;
      case "beir" -> DataFormat.BEIR;
      case "java-sources" -> DataFormat.JAVA_SOURCES;
      default ->
          names.stream().anyMatch(name -> endsWith(name, ".jar"))
              ? DataFormat.JAVA_SOURCES
              : names.stream().anyMatch(DatasetFiles::isJsonLines)
                  ? DataFormat.BEIR
                  : DataFormat.TSV;
    };
  }

  private static boolean endsWith(String name, String ending) {
    return name.toLowerCase(Locale.ROOT).endsWith(ending);
  }

  static boolean isJsonLines(String name) {
    return endsWith(name, ".jsonl") || endsWith(name, ".jsonl.gz");
  }

  private static void beirDirectory(Configuration hadoop, Map<Role, List<String>> files)
      throws IOException {
    List<String> collection = files.get(Role.COLLECTION);
    if (collection.size() != 1
        || !isBeirCorpus(collection.get(0))
        || !files.get(Role.QUERIES).isEmpty()) {
      return;
    }
    Path directory = new Path(collection.get(0)).getParent();
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    for (String name : List.of("queries.jsonl", "queries.jsonl.gz")) {
      Path queries = new Path(directory, name);
      if (fileSystem.exists(queries)) {
        files.put(Role.QUERIES, List.of(queries.toString()));
        return;
      }
    }
  }
}
