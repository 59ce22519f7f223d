package dev.tandem.index.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of index versions in a directory of the local disk, to be mapped into memory.
 *
 * <pre>
 * CACHE/NAME-HASH/             an index, by its last name and a hash of where it lies
 *   VERSION/                   the files of one version, complete, with manifest.json
 *   .VERSION.ID.partial/       a copy being made
 *   .lock                      held by the process that copies or cleans up
 * </pre>
 *
 * <p>Every file's checksum is compared while it is copied; a copy takes its name when it is
 * complete, by a rename. When one is asked for again its files' lengths are compared, and a copy
 * that lost some is made anew. Safe to use from several processes at once: one copies and the
 * others wait for it; where the file system has no locks each makes its own copy and one of them
 * stays.
 *
 * <p>After a copy is made, older ones of the same index are deleted, but for the {@value #KEPT}
 * used last and those used within the last hour. A copy that is mapped may be deleted: its memory
 * stays until it is not used any more.
 */
public final class VersionCache {

  private static final Logger LOG = LoggerFactory.getLogger(VersionCache.class);

  /** Copies of an index that stay beside the one just made. */
  private static final int KEPT = 2;

  /** A copy that was asked for within this time may be about to be opened. */
  private static final Duration IN_USE = Duration.ofHours(1);

  private static final String PARTIAL = ".partial";
  private static final int BUFFER_BYTES = 1 << 17;

  /** Locks of files are the process's; threads of one wait here. */
  private static final Object IN_THIS_PROCESS = new Object();

  private final java.nio.file.Path directory;

  /**
   * A cache.
   *
   * @param directory where copies lie; made when it is needed
   */
  public VersionCache(java.nio.file.Path directory) {
    this.directory = directory;
  }

  /** The cache cannot be written; the message names the directory and says why. */
  public static final class NotWritableException extends IOException {
    private static final long serialVersionUID = 1L;

    private NotWritableException(java.nio.file.Path directory, IOException cause) {
      super(directory + ": " + reason(cause), cause);
    }

    private static String reason(IOException e) {
      if (e instanceof AccessDeniedException) {
        return "permission denied";
      }
      if (e instanceof FileAlreadyExistsException) {
        return "there is a file in its place";
      }
      return String.valueOf(e.getMessage());
    }
  }

  /**
   * The local copy of a version, made now if there is none.
   *
   * @param fileSystem where the version lies
   * @param version is held by the caller until this returns
   * @param copied told the bytes as they are copied; not called where there is a copy
   * @return the copy; its path is a local one
   * @throws CatalogueException where a file of the version is missing or damaged
   * @throws NotWritableException where the cache cannot be written
   * @throws IOException where the version's file system fails
   */
  public IndexVersion copyOf(FileSystem fileSystem, IndexVersion version, LongConsumer copied)
      throws IOException {
    java.nio.file.Path index = directory(version.path().getParent().getParent());
    java.nio.file.Path target = index.resolve(version.name());
    synchronized (IN_THIS_PROCESS) {
      if (isWhole(target, version)) {
        markUsed(target);
        return local(target, version);
      }
      make(index);
      try (Lock lock = Lock.of(index)) {
        // Another process may have made it while this one waited.
        if (!isWhole(target, version)) {
          if (lock.isHeld()) {
            deleteAll(partials(index));
          }
          copy(fileSystem, version, index, target, copied);
        }
        markUsed(target);
        if (lock.isHeld()) {
          deleteAll(outdated(index, target));
        }
      }
      return local(target, version);
    }
  }

  /** Where the copies of an index lie. */
  private java.nio.file.Path directory(Path index) {
    MessageDigest digest = Sha256.digest();
    digest.update(index.toString().getBytes(StandardCharsets.UTF_8));
    return directory.resolve(index.getName() + "-" + Sha256.hex(digest).substring(0, 16));
  }

  private static IndexVersion local(java.nio.file.Path target, IndexVersion version) {
    return new IndexVersion(new Path(target.toUri()), version.manifest());
  }

  /** Whether a copy is there, of the very same version, with all files in their lengths. */
  private static boolean isWhole(java.nio.file.Path target, IndexVersion version)
      throws IOException {
    try {
      // Written last: what has it had all its files.
      byte[] manifest = Files.readAllBytes(target.resolve(VersionManifest.FILE_NAME));
      if (!Arrays.equals(manifest, version.manifest().toJson())) {
        return false;
      }
      for (Map.Entry<String, VersionFile> file : version.manifest().files().entrySet()) {
        if (Files.size(target.resolve(file.getKey())) != file.getValue().bytes()) {
          return false;
        }
      }
      return true;
    } catch (FileSystemException e) {
      LOG.debug("{} is no copy", target, e);
      return false;
    }
  }

  private static void make(java.nio.file.Path index) throws NotWritableException {
    try {
      Files.createDirectories(index);
    } catch (IOException e) {
      throw new NotWritableException(index, e);
    }
    if (!Files.isWritable(index)) {
      throw new NotWritableException(index, new AccessDeniedException(index.toString()));
    }
  }

  private static void copy(
      FileSystem fileSystem,
      IndexVersion version,
      java.nio.file.Path index,
      java.nio.file.Path target,
      LongConsumer copied)
      throws IOException {
    java.nio.file.Path partial =
        index.resolve("." + version.name() + "." + UUID.randomUUID() + PARTIAL);
    try {
      writing(partial, () -> Files.createDirectory(partial));
      for (Map.Entry<String, VersionFile> file : version.manifest().files().entrySet()) {
        copy(fileSystem, version, file.getKey(), partial.resolve(file.getKey()), copied);
      }
      java.nio.file.Path manifest = partial.resolve(VersionManifest.FILE_NAME);
      byte[] json = version.manifest().toJson();
      writing(manifest, () -> Files.write(manifest, json));
      publish(partial, target, version);
    } finally {
      delete(partial);
    }
  }

  /** Gives a finished copy its name, unless another process was faster. */
  private static void publish(
      java.nio.file.Path partial, java.nio.file.Path target, IndexVersion version)
      throws IOException {
    if (Files.exists(target)) {
      delete(target); // not whole, or of another life of the same index
    }
    try {
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!isWhole(target, version)) {
        throw new NotWritableException(target.getParent(), e);
      }
    }
  }

  private static void copy(
      FileSystem fileSystem,
      IndexVersion version,
      String name,
      java.nio.file.Path to,
      LongConsumer copied)
      throws IOException {
    MessageDigest digest = Sha256.digest();
    byte[] buffer = new byte[BUFFER_BYTES];
    // Closing writes nothing that was not written: the stream is not buffered.
    try (InputStream in = new DigestInputStream(source(fileSystem, version, name), digest);
        OutputStream out =
            writing(to, () -> Files.newOutputStream(to, StandardOpenOption.CREATE_NEW))) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        int length = read;
        writing(
            to,
            () -> {
              out.write(buffer, 0, length); // fails where the disk is full
              return length;
            });
        copied.accept(length);
      }
    }
    version.requireChecksum(name, Sha256.hex(digest));
  }

  private static InputStream source(FileSystem fileSystem, IndexVersion version, String name)
      throws IOException {
    try {
      return fileSystem.open(version.file(name));
    } catch (FileNotFoundException | NoSuchFileException e) {
      throw new CatalogueException(
          version.file(name)
              + " is missing, the manifest names it. Version "
              + version.name()
              + " is damaged: roll back to another version, or build the index again.",
          e);
    }
  }

  /** Something done to the cache itself. */
  @FunctionalInterface
  private interface Write<T> {
    T run() throws IOException;
  }

  /**
   * Writes into the cache. What a file system says of the version's files, permissions included,
   * must not be taken for a failure of the cache, so that each write is told by itself.
   *
   * @throws NotWritableException where it fails
   */
  private static <T> T writing(java.nio.file.Path to, Write<T> write) throws NotWritableException {
    try {
      return write.run();
    } catch (IOException e) {
      throw new NotWritableException(to, e);
    }
  }

  private static void markUsed(java.nio.file.Path target) {
    try {
      Files.setLastModifiedTime(target, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOG.debug("{} cannot be marked as used", target, e);
    }
  }

  private static List<java.nio.file.Path> partials(java.nio.file.Path index) throws IOException {
    try (Stream<java.nio.file.Path> all = Files.list(index)) {
      return all.filter(path -> path.getFileName().toString().endsWith(PARTIAL)).toList();
    }
  }

  /** Copies that nobody is going to ask for, the newest and the given one left out. */
  private static List<java.nio.file.Path> outdated(
      java.nio.file.Path index, java.nio.file.Path kept) throws IOException {
    Instant inUse = Instant.now().minus(IN_USE);
    List<Used> others = new ArrayList<>();
    try (Stream<java.nio.file.Path> all = Files.list(index)) {
      for (java.nio.file.Path path : all.toList()) {
        if (!path.equals(kept) && !path.getFileName().toString().startsWith(".")) {
          lastUsed(path).ifPresent(at -> others.add(new Used(path, at)));
        }
      }
    }
    others.sort(Comparator.comparing(Used::at).reversed());
    return others.stream()
        .skip(KEPT)
        .filter(used -> used.at().isBefore(inUse))
        .map(Used::path)
        .toList();
  }

  /** When a copy was used; empty where someone deleted it meanwhile. */
  private static Optional<Instant> lastUsed(java.nio.file.Path path) throws IOException {
    try {
      return Optional.of(Files.getLastModifiedTime(path).toInstant());
    } catch (NoSuchFileException e) {
      LOG.debug("{} is gone", path, e);
      return Optional.empty();
    }
  }

  private record Used(java.nio.file.Path path, Instant at) {}

  private static void deleteAll(List<java.nio.file.Path> paths) {
    paths.forEach(VersionCache::delete);
  }

  /** Deletes a directory; what cannot be deleted stays, with a warning. */
  private static void delete(java.nio.file.Path path) {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<java.nio.file.Path> all = Files.walk(path)) {
      // The manifest goes first: without it nothing takes what is left for a copy.
      Files.deleteIfExists(path.resolve(VersionManifest.FILE_NAME));
      for (java.nio.file.Path inside : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(inside);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("{} could not be deleted: {}", path, e.toString());
    }
  }

  /** The lock on the copies of an index, which ends with the process at the latest. */
  private record Lock(FileChannel channel, FileLock lock) implements AutoCloseable {

    static Lock of(java.nio.file.Path index) throws IOException {
      FileChannel channel;
      try {
        channel =
            FileChannel.open(
                index.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      } catch (IOException e) {
        throw new NotWritableException(index, e);
      }
      try {
        return new Lock(channel, channel.lock());
      } catch (IOException e) {
        LOG.debug("{} has no locks", index, e);
        return new Lock(channel, null);
      }
    }

    boolean isHeld() {
      return lock != null;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
