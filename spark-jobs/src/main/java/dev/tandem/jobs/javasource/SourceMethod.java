package dev.tandem.jobs.javasource;

import java.io.Serializable;

/**
 * A method as it becomes a passage and perhaps a query.
 *
 * @param id library, class, method and which of the class's methods of this name, without white
 *     space: {@code commons-lang3/org.apache.commons.lang3.StringUtils#abbreviate.2}
 * @param sentence first sentence of its Javadoc as plain text; null where it is no query
 * @param text signature and body as written, comments inside kept, Javadoc left out
 * @param place where it comes from
 */
record SourceMethod(String id, String sentence, String text, Place place) implements Serializable {

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
