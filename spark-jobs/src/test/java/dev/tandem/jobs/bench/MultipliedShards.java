package dev.tandem.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tandem.index.vector.PassageText;
import dev.tandem.index.vector.VectorMatrix;
import dev.tandem.index.vector.VectorPart;
import dev.tandem.index.vector.VectorPartWriter;
import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.artifact.ArtifactDirectory;
import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.artifact.PartDirectory;
import dev.tandem.jobs.artifact.PartWriter;
import dev.tandem.jobs.retrieval.VectorShards;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Writes vector shards with many more vectors than those they are mixed from, as if the same model
 * had made them, so that {@code index} and {@code retrieve} can be tried at a size that nobody
 * wants to encode first. Run it with the test class path.
 *
 * <p>Arguments: {@code SHARDS OUTPUT COUNT}.
 */
final class MultipliedShards {
  private static final int PART_ROWS = 32_768;
  private static final String PASSAGES = "passages";

  /** As descriptions of parts are written. */
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING).build();

  private MultipliedShards() {}

  /** Writes them. */
  public static void main(String[] arguments) throws IOException {
    write(new Path(arguments[0]), new Path(arguments[1]), Integer.parseInt(arguments[2]));
  }

  private static void write(Path source, Path output, int count) throws IOException {
    Configuration hadoop = new Configuration();
    ArtifactDirectory shards = ArtifactDirectory.open(hadoop, source, VectorShards.KIND);
    Map<String, String> inputs = new TreeMap<>(shards.manifest().inputs());
    inputs.put("multiplied", String.valueOf(count));
    VectorMatrix base =
        VectorShards.open(hadoop, source).first(hadoop, VectorSupply.MOST_BASE_VECTORS);
    try (MixedVectors mixed = new MixedVectors(base, count, source.toString())) {
      ArtifactWriter.findOrWrite(
          hadoop,
          output,
          VectorShards.KIND,
          inputs,
          shards.manifest().configuration(),
          writer -> {
            for (int part = 0, from = 0; from < count; part++, from += PART_ROWS) {
              int rows = Math.min(PART_ROWS, count - from);
              writePart(hadoop, writer.parts(), mixed, part, from, rows);
            }
            return Map.of(PASSAGES, (long) count);
          });
    }
  }

  private static void writePart(
      Configuration hadoop, PartDirectory parts, MixedVectors mixed, int number, int from, int rows)
      throws IOException {
    String name = PartDirectory.partName(number);
    if (parts.finished(hadoop, name).isPresent()) {
      return;
    }
    try (PartWriter part = parts.begin(hadoop, name);
        VectorMatrix vectors = mixed.make(rows, number)) {
      VectorPart written;
      try (VectorPartWriter out =
          new VectorPartWriter(part::create, name, mixed.dimension(), VectorStorage.FLOAT32)) {
        float[] row = new float[mixed.dimension()];
        for (int i = 0; i < rows; i++) {
          vectors.copyRow(i, row);
          out.append("m" + (from + i), row, 0, PassageText.of("mixture " + (from + i)));
        }
        written = out.finish();
      }
      try (OutputStream out = part.create(name + ".json")) {
        out.write(JSON.writeValueAsBytes(written));
      }
      part.commit(Map.of(PASSAGES, (long) rows));
    }
  }
}
