package dev.tandem.jobs.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a search finds its model and its copies when nothing is given. */
class QueryModelTest {
  @ParameterizedTest
  @CsvSource({
    "file:///scratch/t, /scratch/t",
    "file:/scratch/t, /scratch/t",
    "FILE://localhost/a b, /a b",
    "/scratch/t, /scratch/t",
  })
  void theCacheOfAFileUriIsItsPath(String configured, Path path) {
    assertThat(CacheDirectory.of(configured, Map.of())).isEqualTo(path);
    assertThat(CacheDirectory.complaint(configured)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "hdfs://nn/c, hdfs: is not",
    "s3a://bucket/c, s3a: is not",
    "file://host/c, as file:///directory"
  })
  void theCacheIsLocal(String configured, String reason) {
    assertThat(CacheDirectory.complaint(configured))
        .startsWith("must be a directory on the local disk")
        .contains(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "all-MiniLM-L6-v2, classpath:all-MiniLM-L6-v2",
    "ALL-minilm-l6-v2, classpath:all-MiniLM-L6-v2",
    "bge-small-en-v1.5, classpath:bge-small-en-v1.5",
    "tandem-workspace/runs/mine/model, tandem-workspace/runs/mine/model",
    "hdfs://host/models/mine/passage, hdfs://host/models/mine",
  })
  void aRecordedNameIsTheSourceItCameFrom(String name, String source) {
    assertThat(QueryModel.recorded(name, "classpath:all-MiniLM-L6-v2")).isEqualTo(source);
  }

  @Test
  void theCacheIsWhereTheUsersCachesAre(@TempDir Path directory) throws Exception {
    Path home = Path.of(System.getProperty("user.home"));
    assertThat(CacheDirectory.of(null, Map.of())).isEqualTo(home.resolve(".cache/tandem"));
    assertThat(CacheDirectory.of(null, Map.of("XDG_CACHE_HOME", "relative")))
        .isEqualTo(home.resolve(".cache/tandem"));
    assertThat(CacheDirectory.of(null, Map.of("XDG_CACHE_HOME", "/caches")))
        .isEqualTo(Path.of("/caches/tandem"));
    assertThat(CacheDirectory.of("here", Map.of("XDG_CACHE_HOME", "/caches")))
        .isEqualTo(Path.of("here").toAbsolutePath());

    assertThat(CacheDirectory.complaint(directory.resolve("a/b").toString())).isNull();
    Path file = Files.createFile(directory.resolve("file"));
    assertThat(CacheDirectory.complaint(file.resolve("b").toString()))
        .contains(file + " is a file");
    assertThat(CacheDirectory.complaint("file:" + file)).contains(file + " is a file");
  }
}
