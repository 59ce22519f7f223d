package dev.tandem.jobs.data;

/** What a file is to the data set. */
public enum Role {
  COLLECTION("collection"),
  QUERIES("queries"),
  QRELS("qrels"),
  NEGATIVES("negatives");

  private final String key;

  Role(String key) {
    this.key = key;
  }

  /** Its configuration key, below {@code data}. */
  public String key() {
    return key;
  }
}
