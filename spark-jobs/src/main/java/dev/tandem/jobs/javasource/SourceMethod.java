package dev.tandem.jobs.javasource;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A method as it becomes a passage and perhaps a query.
 *
 * @param id library, class, method and which of the class's methods of this name, without white
 *     space: {@code commons-lang3/org.apache.commons.lang3.StringUtils#abbreviate.2}
 * @param sentence first sentence of its Javadoc as plain text; null where it is no query
 * @param text signature and body as written, comments inside kept, Javadoc left out
 * @param place its place in the input
 * @param origin what it is a part of
 */
record SourceMethod(String id, String sentence, String text, Place place, Origin origin)
    implements Serializable {

  /**
   * What a method is a part of; each is empty where it is not known or there is none.
   *
   * @param library name of the library, which is Maven's artifact
   * @param version of the library
   * @param packageName of the class
   * @param className with the names of outer classes, without the package: {@code Map.Entry}
   */
  record Origin(String library, String version, String packageName, String className)
      implements Serializable {

    /** As metadata, without what is empty. */
    Map<String, String> fields() {
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("library", library);
      fields.put("version", version);
      fields.put("package", packageName);
      fields.put("class", className);
      fields.values().removeIf(String::isEmpty);
      return fields;
    }
  }

  /**
   * Order of methods: by slice of the input, file in the slice's jar, and place in the file.
   *
   * @param slice number of the slice
   * @param entry number of the entry in the jar
   * @param ordinal number of the method in the file
   */
  record Place(int slice, int entry, int ordinal) implements Serializable, Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int order = Integer.compare(slice, other.slice);
      order = order != 0 ? order : Integer.compare(entry, other.entry);
      return order != 0 ? order : Integer.compare(ordinal, other.ordinal);
    }
  }

  static SourceMethod earlier(SourceMethod a, SourceMethod b) {
    return a.place.compareTo(b.place) <= 0 ? a : b;
  }
}
