package dev.tandem.jobs.data;

/** How a data set is stored. */
public enum DataFormat {
  /** One record a line, id TAB text: the MS MARCO layout. */
  TSV,
  /** One JSON object a line, with {@code _id}, {@code text} and for passages {@code title}. */
  BEIR,
  /** Jars of Java source files. */
  JAVA_SOURCES
}
