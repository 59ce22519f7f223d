package dev.tandem.index.filter;

import dev.tandem.index.vector.PassageMetadata;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Conditions on passages' metadata, all of which a passage must meet to be found. Immutable.
 *
 * <p>{@code field=a|b} and {@code field!=a|b} compare texts, character by character, so that {@code
 * 2020} is not {@code 2020.0}; a passage without the field meets {@code !=} and not {@code =}.
 * {@code >=}, {@code <=}, {@code >} and {@code <} compare numbers; a passage without the field
 * meets none of them. White space around field and values does not count, a backslash takes the
 * character after it as it is.
 */
public final class MetadataFilter implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Passes everything. */
  public static final MetadataFilter NONE = new MetadataFilter(new ArrayList<>());

  private final ArrayList<Condition> conditions;

  private MetadataFilter(ArrayList<Condition> conditions) {
    this.conditions = conditions;
  }

  /**
   * Reads conditions.
   *
   * @throws IllegalArgumentException for the first that is malformed, saying what is wrong with it
   */
  public static MetadataFilter parse(List<String> conditions) {
    ArrayList<Condition> parsed = new ArrayList<>();
    for (String condition : conditions) {
      parsed.add(Condition.parse(condition));
    }
    return new MetadataFilter(parsed);
  }

  /** Whether there is no condition. */
  public boolean isEmpty() {
    return conditions.isEmpty();
  }

  /** The fields it asks for, ascending. */
  public SortedSet<String> fields() {
    SortedSet<String> fields = new TreeSet<>();
    conditions.forEach(condition -> fields.add(condition.field()));
    return fields;
  }

  /** The conditions as they are written. */
  public List<String> conditions() {
    return conditions.stream().map(Condition::toString).toList();
  }

  /**
   * The rows that meet all conditions.
   *
   * @throws IllegalArgumentException if the metadata lack a field
   * @throws UnfitValueException if a value to be compared as a number is none
   */
  public BitSet passing(PassageMetadata metadata) {
    BitSet rows = new BitSet(metadata.rows());
    rows.set(0, metadata.rows());
    for (Condition condition : conditions) {
      rows.and(condition.rows(metadata));
    }
    return rows;
  }

  @Override
  public String toString() {
    return String.join(" and ", conditions());
  }
}
