package dev.tandem.jobs.javasource;

import dev.tandem.jobs.failure.TandemException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.LongAccumulator;

/**
 * Every n-th Java file of a jar. Each slice reads the whole jar, as decompression costs little
 * beside parsing.
 *
 * @param number number of the slice among all
 * @param jar the jar
 * @param library first part of the ids
 * @param version of the library; empty where it is not known
 * @param slice which of the jar's slices, from 0
 * @param slices number of the jar's slices
 */
record SourceSlice(int number, String jar, String library, String version, int slice, int slices)
    implements Serializable {

  /**
   * The methods of the slice's files.
   *
   * @param files counts files read
   * @param unparsable counts files that could not be parsed
   * @throws TandemException of kind BAD_DATA where the jar is none
   */
  List<SourceMethod> methods(
      Configuration hadoop, LongAccumulator files, LongAccumulator unparsable) throws IOException {
    List<SourceMethod> found = new ArrayList<>();
    MethodExtractor extractor = new MethodExtractor();
    Path path = new Path(jar);
    int entries = 0;
    try (InputStream in = path.getFileSystem(hadoop).open(path);
        ZipInputStream zip = new ZipInputStream(new BufferedInputStream(in, 1 << 16))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        int number = entries++;
        if (!isSource(entry.getName()) || number % slices != slice) {
          continue;
        }
        files.add(1);
        String source = new String(zip.readAllBytes(), StandardCharsets.UTF_8);
        Optional<List<MethodExtractor.Method>> methods = extractor.extract(source);
        if (methods.isEmpty()) {
          unparsable.add(1);
          continue;
        }
        for (MethodExtractor.Method method : methods.get()) {
          found.add(
              new SourceMethod(
                  library + "/" + method.name(),
                  method.sentence(),
                  method.text(),
                  new SourceMethod.Place(this.number, number, method.ordinal()),
                  new SourceMethod.Origin(
                      JavaSourceDataset.library(path.getName()),
                      version,
                      method.packageName(),
                      method.className())));
        }
      }
    } catch (ZipException | EOFException e) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          jar + " is damaged (" + e.getMessage() + "): copy or download it again.",
          e);
    }
    if (entries == 0) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          jar + " is no jar, or an empty one: java-sources needs jars of .java files.");
    }
    return found;
  }

  private static boolean isSource(String name) {
    return name.endsWith(".java")
        && !name.startsWith("META-INF/")
        && !name.endsWith("package-info.java")
        && !name.endsWith("module-info.java")
        && !MethodExtractor.isTest(name);
  }
}
