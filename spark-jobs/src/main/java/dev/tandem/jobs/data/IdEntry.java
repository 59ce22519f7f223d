package dev.tandem.jobs.data;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.nio.charset.StandardCharsets;

/**
 * An id where it is defined or referred to, or a bad record on its way through the same shuffle.
 * Sorted by id, definitions first, then by place. Externalizable, as there is one a record.
 */
public final class IdEntry implements Externalizable, Comparable<IdEntry> {
  private static final long serialVersionUID = 1L;

  /** What the id is of. */
  enum Space {
    PASSAGE,
    QUERY,
    JUDGEMENT,
    BAD_RECORD
  }

  private Space space;
  private String id;
  private boolean reference;
  private int file;
  private long line;
  private BadRecord.Reason reason;

  /** For deserialization. */
  public IdEntry() {}

  private IdEntry(
      Space space, String id, boolean reference, int file, long line, BadRecord.Reason reason) {
    this.space = space;
    this.id = id;
    this.reference = reference;
    this.file = file;
    this.line = line;
    this.reason = reason;
  }

  static IdEntry definition(Space space, String id, Located<?> place) {
    return new IdEntry(space, id, false, place.file(), place.line(), null);
  }

  static IdEntry reference(Space space, String id, Located<?> place) {
    return new IdEntry(space, id, true, place.file(), place.line(), null);
  }

  static IdEntry bad(BadRecord record) {
    return new IdEntry(
        Space.BAD_RECORD, record.detail(), false, record.file(), record.line(), record.reason());
  }

  Space space() {
    return space;
  }

  String id() {
    return id;
  }

  boolean isReference() {
    return reference;
  }

  int file() {
    return file;
  }

  long line() {
    return line;
  }

  boolean sameId(IdEntry other) {
    return space == other.space && id.equals(other.id);
  }

  BadRecord badRecord() {
    return new BadRecord(file, line, reason, id);
  }

  /** Which of so many partitions the id belongs to; bad records are spread evenly. */
  int partition(int partitions) {
    int hash =
        space == Space.BAD_RECORD
            ? Long.hashCode(line * 31 + file)
            : id.hashCode() * 31 + space.ordinal();
    return Math.floorMod(hash ^ hash >>> 16, partitions);
  }

  @Override
  public int compareTo(IdEntry other) {
    int order = space.compareTo(other.space);
    order = order != 0 ? order : id.compareTo(other.id);
    order = order != 0 ? order : Boolean.compare(reference, other.reference);
    order = order != 0 ? order : Integer.compare(file, other.file);
    return order != 0 ? order : Long.compare(line, other.line);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IdEntry entry && compareTo(entry) == 0;
  }

  @Override
  public int hashCode() {
    return id.hashCode() * 31 + Long.hashCode(line);
  }

  @Override
  public void writeExternal(ObjectOutput out) throws IOException {
    byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
    out.writeByte(space.ordinal());
    out.writeBoolean(reference);
    out.writeInt(file);
    out.writeLong(line);
    out.writeByte(reason == null ? -1 : reason.ordinal());
  }

  @Override
  public void readExternal(ObjectInput in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    id = new String(bytes, StandardCharsets.UTF_8);
    space = Space.values()[in.readByte()];
    reference = in.readBoolean();
    file = in.readInt();
    line = in.readLong();
    int ordinal = in.readByte();
    reason = ordinal < 0 ? null : BadRecord.Reason.values()[ordinal];
  }
}
