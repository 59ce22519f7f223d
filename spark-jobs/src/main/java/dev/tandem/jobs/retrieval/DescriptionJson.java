package dev.tandem.jobs.retrieval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import org.apache.hadoop.fs.Path;

/**
 * Descriptions of parts and shards as JSON. What a description lacks is null in its record; what a
 * record lacks is refused, as it may change what the files mean.
 */
final class DescriptionJson {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          // A storage is known by its name in configurations, not by that of a constant.
          .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
          .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private DescriptionJson() {}

  static byte[] write(Object description) throws IOException {
    return JSON.writeValueAsBytes(description);
  }

  /**
   * Reads a description.
   *
   * @throws JsonProcessingException if it is damaged, or of a version that this one does not know
   */
  static <T> T read(byte[] json, Class<T> type) throws IOException {
    return JSON.readValue(json, type);
  }

  /**
   * What to tell where a description could not be read.
   *
   * @param advice what to do where it is damaged
   */
  static TandemException unreadable(Path file, IOException why, String advice) {
    if (why instanceof InvalidFormatException invalid
        && invalid.getTargetType() == VectorStorage.class) {
      return new TandemException(
          TandemException.Kind.ARTIFACT,
          file
              + " says that its vectors are stored as '"
              + invalid.getValue()
              + "', which this version of Tandem does not know: use the version that made them, or"
              + " make them anew.",
          why);
    }
    if (why instanceof UnrecognizedPropertyException unknown) {
      return new TandemException(
          TandemException.Kind.ARTIFACT,
          file
              + " has a field '"
              + unknown.getPropertyName()
              + "', which this version of Tandem does not know: use the version that wrote it or a"
              + " newer one, or make the vectors anew.",
          why);
    }
    return new TandemException(TandemException.Kind.ARTIFACT, file + " is damaged: " + advice, why);
  }
}
