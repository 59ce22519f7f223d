package dev.tandem.model.pretrained;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The small files of a model directory, for reading. */
record ModelFiles(FileSystem fileSystem, Path directory) {

  Path path(String name) {
    return name.isEmpty() ? directory : new Path(directory, name);
  }

  boolean has(String name) throws IOException {
    Path path = path(name);
    return fileSystem.exists(path) && fileSystem.getFileStatus(path).isFile();
  }

  /** A directory inside this one; the same where the name is empty. */
  ModelFiles inside(String name) {
    return name.isEmpty() ? this : new ModelFiles(fileSystem, path(name));
  }

  byte[] bytes(String name) throws IOException {
    try (FSDataInputStream in = fileSystem.open(path(name))) {
      return in.readAllBytes();
    }
  }

  /**
   * A file as JSON; empty if there is none.
   *
   * @throws ModelFormatException if it is no JSON
   */
  Optional<JsonNode> json(String name) throws IOException {
    if (!has(name)) {
      return Optional.empty();
    }
    byte[] bytes = bytes(name);
    try {
      JsonNode node = new ObjectMapper().readTree(bytes);
      if (!node.isContainerNode()) {
        throw new ModelFormatException(path(name) + " is empty; expected a JSON object");
      }
      return Optional.of(node);
    } catch (JsonProcessingException e) {
      throw new ModelFormatException(
          path(name) + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Names of what is in the directory, for messages. */
  List<String> listing() throws IOException {
    List<String> names = new ArrayList<>();
    for (FileStatus status : fileSystem.listStatus(directory)) {
      names.add(status.getPath().getName());
    }
    names.sort(null);
    return names;
  }
}
