package dev.tandem.index.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Local copies of versions; a directory of the local disk stands for the remote store. */
class VersionCacheTest {

  @TempDir private Path directory;
  private FileSystem fileSystem;
  private IndexCatalogue catalogue;
  private VersionCache cache;
  private long copied;

  @BeforeEach
  void open() throws IOException {
    fileSystem = PlainFileSystem.open();
    catalogue = at(directory.resolve("remote/books"));
    cache = new VersionCache(directory.resolve("cache"));
  }

  private IndexCatalogue at(Path index) {
    return IndexCatalogue.at(fileSystem, new org.apache.hadoop.fs.Path(index.toUri()));
  }

  private IndexVersion publish(String identity) throws IOException {
    Versions.publish(catalogue, fileSystem, identity);
    try (LeasedVersion read = catalogue.read()) {
      return read.version();
    }
  }

  private IndexVersion copy(IndexVersion version) throws IOException {
    copied = 0;
    return cache.copyOf(fileSystem, version, bytes -> copied += bytes);
  }

  private static Path local(IndexVersion version) {
    return Path.of(version.path().toUri());
  }

  private static Path onlyPart(IndexVersion version) throws IOException {
    try (Stream<Path> files = Files.list(local(version))) {
      return files.filter(file -> file.toString().endsWith(".bin")).findFirst().orElseThrow();
    }
  }

  /** Names of the copies of an index, and of whatever else lies beside them. */
  private List<String> copies(IndexVersion copy) throws IOException {
    try (Stream<Path> all = Files.list(local(copy).getParent())) {
      return all.map(path -> path.getFileName().toString())
          .filter(n -> !n.equals(".lock"))
          .toList();
    }
  }

  @Test
  void aVersionIsCopiedOnce() throws IOException {
    IndexVersion version = publish("one");
    IndexVersion copy = copy(version);
    assertThat(copied).isEqualTo(3);
    assertThat(local(copy)).startsWith(directory.resolve("cache")).hasFileName(version.name());
    assertThat(local(copy).getParent().getFileName().toString()).startsWith("books-");
    assertThat(copy.manifest()).isEqualTo(version.manifest());
    assertThat(Files.readString(onlyPart(copy))).isEqualTo("one");
    copy.verifyChecksums(fileSystem);
    assertThat(copy(version).path()).isEqualTo(copy.path());
    assertThat(copied).isZero();
    assertThat(copies(copy)).containsExactly(version.name());
  }

  @Test
  void indexesOfOneNameInDifferentPlacesDoNotMix() throws IOException {
    IndexVersion here = publish("one");
    catalogue = at(directory.resolve("elsewhere/books"));
    IndexVersion there = publish("two");
    assertThat(local(copy(here)).getParent()).isNotEqualTo(local(copy(there)).getParent());
    assertThat(Files.readString(onlyPart(copy(here)))).isEqualTo("one");
  }

  @Test
  void aCopyThatLostAFileOrItsEndIsMadeAnew() throws IOException {
    IndexVersion version = publish("one");
    Files.writeString(onlyPart(copy(version)), "on");
    assertThat(Files.readString(onlyPart(copy(version)))).isEqualTo("one");
    assertThat(copied).isEqualTo(3);
    Files.delete(onlyPart(copy(version)));
    assertThat(Files.readString(onlyPart(copy(version)))).isEqualTo("one");
    Files.writeString(local(copy(version)).resolve(VersionManifest.FILE_NAME), "{");
    copy(version);
    assertThat(copied).isEqualTo(3);
    assertThat(copies(copy(version))).containsExactly(version.name());
  }

  @Test
  void whatAKilledProcessLeftIsRemoved() throws IOException {
    IndexVersion first = copy(publish("one"));
    Path left = local(first).resolveSibling(".x.partial");
    Files.createDirectory(left);
    Files.writeString(left.resolve("part-0.bin"), "o");
    IndexVersion second = publish("two");
    copy(second);
    assertThat(copies(first)).containsExactlyInAnyOrder(first.name(), second.name());
  }

  @Test
  void aDamagedFileIsNotKept() throws IOException {
    IndexVersion version = publish("one");
    Path source = onlyPart(version);
    Files.writeString(source, "two");
    assertThatThrownBy(() -> copy(version))
        .isInstanceOf(CatalogueException.class)
        .hasMessageContaining(source.getFileName().toString())
        .hasMessageContaining("has SHA-256")
        .hasMessageContaining("Version " + version.name() + " is damaged");
    try (Stream<Path> all = Files.walk(directory.resolve("cache"))) {
      assertThat(all.filter(Files::isRegularFile).map(p -> p.getFileName().toString()))
          .containsExactly(".lock");
    }
  }

  @Test
  void oldCopiesAreDeletedUnlessTheyMayBeInUse() throws IOException {
    List<IndexVersion> versions = new ArrayList<>();
    for (String identity : List.of("one", "two", "three", "four")) {
      versions.add(publish(identity));
      copy(versions.get(versions.size() - 1));
    }
    IndexVersion any = copy(versions.get(3));
    assertThat(copies(any)).as("all were used just now").hasSize(4);
    for (int i = 0; i < 4; i++) {
      Files.setLastModifiedTime(
          local(copy(versions.get(i))),
          FileTime.from(Instant.now().minus(Duration.ofHours(10 - i))));
    }
    IndexVersion fifth = publish("five");
    copy(fifth);
    assertThat(copies(any))
        .containsExactlyInAnyOrder(versions.get(2).name(), versions.get(3).name(), fifth.name());
  }

  @Test
  void aCacheThatCannotBeWrittenIsNamed() throws IOException {
    IndexVersion version = publish("one");
    Path file = Files.createFile(directory.resolve("file"));
    cache = new VersionCache(file);
    assertThatThrownBy(() -> copy(version))
        .isInstanceOf(VersionCache.NotWritableException.class)
        .hasMessageContaining(file.toString());
  }

  /** A store that refuses to open files. */
  private static FileSystem failing(IOException failure) throws IOException {
    PlainFileSystem failing =
        new PlainFileSystem() {
          @Override
          public FSDataInputStream open(org.apache.hadoop.fs.Path file, int bufferSize)
              throws IOException {
            throw failure;
          }
        };
    failing.initialize(URI.create("file:///"), new Configuration());
    return failing;
  }

  @Test
  void whatTheStoreRefusesIsNotTheCachesFault() throws IOException {
    IndexVersion version = publish("one");
    // So does S3A say that credentials are wrong.
    IOException denied = new AccessDeniedException("s3a://bucket/part-0", null, "403");
    assertThatThrownBy(() -> cache.copyOf(failing(denied), version, bytes -> {})).isSameAs(denied);
    for (IOException gone :
        List.of(new FileNotFoundException("gone"), new NoSuchFileException("gone"))) {
      assertThatThrownBy(() -> cache.copyOf(failing(gone), version, bytes -> {}))
          .isInstanceOf(CatalogueException.class)
          .hasMessageContaining("is missing, the manifest names it")
          .hasMessageContaining("Version " + version.name() + " is damaged")
          .hasCause(gone);
    }
    assertThat(copies(copy(version))).containsExactly(version.name());
  }

  @Test
  void anOldCopyThatSomeoneDeletesMeanwhileIsPassedOver() throws IOException {
    IndexVersion first = copy(publish("one"));
    // Listed, and not there when it is asked for its age.
    Files.createSymbolicLink(local(first).resolveSibling("gone"), directory.resolve("nowhere"));
    IndexVersion second = copy(publish("two"));
    assertThat(copies(first)).contains(first.name(), second.name());
  }

  @Test
  void processesThatCopyAtTheSameTimeEndWithOneCopy() throws Exception {
    IndexVersion version = publish("x".repeat(5_000_000));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path") + File.pathSeparator,
                  CopyingProcess.class.getName(),
                  directory.resolve("remote/books").toString(),
                  directory.resolve("cache").toString())
              .redirectErrorStream(true)
              .start());
    }
    long all = 0;
    for (Process process : processes) {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(output).isZero();
      String[] lines = output.strip().split("\n");
      all += Long.parseLong(lines[lines.length - 1].strip());
    }
    assertThat(all).as("bytes copied by both").isEqualTo(5_000_000);
    IndexVersion copy = copy(version);
    assertThat(copied).isZero();
    copy.verifyChecksums(fileSystem);
    assertThat(copies(copy)).containsExactly(version.name());
  }

  /** Copies the current version of an index and prints how many bytes it copied. */
  static final class CopyingProcess {
    public static void main(String[] arguments) throws IOException {
      FileSystem fileSystem = PlainFileSystem.open();
      IndexCatalogue catalogue =
          IndexCatalogue.at(
              fileSystem, new org.apache.hadoop.fs.Path(Path.of(arguments[0]).toUri()));
      long[] copied = new long[1];
      try (LeasedVersion read = catalogue.read()) {
        new VersionCache(Path.of(arguments[1]))
            .copyOf(
                fileSystem,
                read.version(),
                bytes -> {
                  copied[0] += bytes;
                  pause();
                })
            .verifyChecksums(fileSystem);
      }
      System.out.println(copied[0]);
    }

    /** So long that the other process meets it at work. */
    private static void pause() {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new UncheckedIOException(new IOException(e));
      }
    }
  }
}
