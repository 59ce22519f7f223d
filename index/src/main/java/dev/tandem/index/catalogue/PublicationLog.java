package dev.tandem.index.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which version was published when: files numbered from 1, each created exclusively, so number n+1
 * exists at most once and is by someone who knew n. The highest readable one is in force.
 */
final class PublicationLog {

  private static final Logger LOG = LoggerFactory.getLogger(PublicationLog.class);
  private static final Pattern NAME = Pattern.compile("(\\d{8,18})\\.json");

  private final FileSystem fileSystem;
  private final Path directory;
  private final ExclusiveFile exclusive;
  private final StoreClock clock;
  private final long abandonedMillis;

  /**
   * @param abandonedMillis a file that cannot be read and is older than this was left by a writer
   *     that is gone
   */
  PublicationLog(
      FileSystem fileSystem,
      Path directory,
      ExclusiveFile exclusive,
      StoreClock clock,
      long abandonedMillis) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.exclusive = exclusive;
    this.clock = clock;
    this.abandonedMillis = abandonedMillis;
  }

  /** The publication in force. */
  Optional<Publication> latest() throws IOException {
    List<Long> numbers = numbers();
    for (int i = numbers.size() - 1; i >= 0; i--) {
      Optional<Publication> found = read(numbers.get(i));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** All that can be read, ascending. */
  List<Publication> all() throws IOException {
    List<Publication> all = new ArrayList<>();
    for (long number : numbers()) {
      read(number).ifPresent(all::add);
    }
    return all;
  }

  /**
   * Adds a publication with the number after the one its writer knew.
   *
   * @return whether it was added; false where there is one of that number
   */
  boolean append(Publication publication) throws IOException {
    Path file = file(publication.number());
    if (!fileSystem.mkdirs(directory)) {
      throw new IOException("Cannot create " + directory);
    }
    removeAbandoned(publication.number());
    return exclusive.create(file, publication.toJson());
  }

  /** Removes a file that a killed writer left half written; such a file never was in force. */
  private void removeAbandoned(long number) throws IOException {
    FileStatus status;
    try {
      status = fileSystem.getFileStatus(file(number));
    } catch (FileNotFoundException e) {
      return;
    }
    if (read(number).isEmpty() && clock.now() - status.getModificationTime() > abandonedMillis) {
      LOG.warn("Removing {}, which a writer left unfinished", file(number));
      fileSystem.delete(file(number), false);
    }
  }

  Optional<Publication> read(long number) throws IOException {
    byte[] json;
    try (InputStream in = fileSystem.open(file(number))) {
      json = in.readAllBytes();
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(Publication.parse(json, number));
    } catch (IOException e) {
      LOG.warn("{} is unfinished or damaged and does not count: {}", file(number), e.getMessage());
      return Optional.empty();
    }
  }

  private List<Long> numbers() throws IOException {
    List<Long> numbers = new ArrayList<>();
    try {
      for (FileStatus status : fileSystem.listStatus(directory)) {
        Matcher name = NAME.matcher(status.getPath().getName());
        if (name.matches()) {
          numbers.add(Long.parseLong(name.group(1)));
        }
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    Collections.sort(numbers);
    return numbers;
  }

  Path file(long number) {
    return new Path(directory, String.format("%08d.json", number));
  }
}
