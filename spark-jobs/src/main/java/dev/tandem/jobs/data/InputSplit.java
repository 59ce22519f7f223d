package dev.tandem.jobs.data;

import java.io.Serializable;

/**
 * Lines of one file that one task reads. A plain file is split at line starts; a compressed one is
 * read whole by each of its slices, which take turns at blocks of lines: decompression is some
 * fifty times faster than tokenization, so that reading it several times costs little.
 *
 * @param file number of the file among those of the data set
 * @param path the file
 * @param compressed whether it is gzip
 * @param offset first byte, a line start; 0 for a compressed file
 * @param length bytes to read; for a compressed file all
 * @param firstLine number of the first line, from 1
 * @param slice which of the slices, from 0; 0 for a plain file
 * @param slices number of slices; 1 for a plain file
 */
public record InputSplit(
    int file,
    String path,
    boolean compressed,
    long offset,
    long length,
    long firstLine,
    int slice,
    int slices)
    implements Serializable {
  private static final int LINES_A_BLOCK = 512;

  /** Whether a line belongs to this slice. */
  boolean owns(long line) {
    return slices == 1 || (line - 1) / LINES_A_BLOCK % slices == slice;
  }
}
