package dev.tandem.jobs.config;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks names of metadata fields, which conditions of filters must be able to name. */
final class MetadataFields {
  private MetadataFields() {}

  static void check(DataConfig data, Problems problems) {
    check("data", data.all().metadataFields(), problems);
    // What these take over from data is reported there.
    if (!data.train().metadataFields().equals(data.all().metadataFields())) {
      check("data.train", data.train().metadataFields(), problems);
    }
    if (!data.validation().metadataFields().equals(data.all().metadataFields())) {
      check("data.validation", data.validation().metadataFields(), problems);
    }
  }

  private static void check(String group, List<String> fields, Problems problems) {
    Set<String> seen = new HashSet<>();
    for (String field : fields) {
      String complaint = null;
      if (field.isEmpty() || field.chars().anyMatch(MetadataFields::isForbidden)) {
        complaint =
            "the field '"
                + field
                + "' must not be empty nor contain white space or one of = ! < > |, as conditions"
                + " of filters could not name it";
      } else if (!seen.add(field)) {
        complaint = "names '" + field + "' twice";
      }
      if (complaint != null) {
        problems.add(group + ".metadata-fields", complaint);
      }
    }
  }

  private static boolean isForbidden(int c) {
    return "=!<>|".indexOf(c) >= 0 || Character.isWhitespace(c) || Character.isISOControl(c);
  }
}
