package dev.tandem.jobs.retrieval;

import dev.tandem.index.vector.PassageText;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.prepare.TokenWindows;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import scala.Tuple2;

/**
 * The windows of passages as texts to encode, one passage cut at a time. What a part keeps of the
 * passages waits for the vectors, which come in the same order.
 */
final class PassageWindows implements Iterator<TokenizedText> {
  private final Iterator<Tuple2<TokenizedText, TextRecord>> passages;
  private final TokenWindows windows;
  private final Deque<TokenizedText> cut = new ArrayDeque<>();
  private final Deque<Row> rows = new ArrayDeque<>();
  private long taken;

  /**
   * What a part keeps of a passage beside a vector of it.
   *
   * @param first whether it is the passage's first vector
   * @param text the text with a passage's first vector, none with the others
   * @param metadata of the passage, with each of its vectors
   */
  record Row(boolean first, PassageText text, SortedMap<String, String> metadata) {}

  /**
   * @param windows cuts passages; null leaves them whole
   */
  PassageWindows(Iterator<Tuple2<TokenizedText, TextRecord>> passages, TokenWindows windows) {
    this.passages = passages;
    this.windows = windows;
  }

  @Override
  public boolean hasNext() {
    return !cut.isEmpty() || passages.hasNext();
  }

  @Override
  public TokenizedText next() {
    if (cut.isEmpty()) {
      Tuple2<TokenizedText, TextRecord> passage = passages.next();
      taken++;
      cut.addAll(windows == null ? List.of(passage._1()) : windows.cut(passage._1()));
      PassageText text = PassageText.of(passage._2().text());
      rows.add(new Row(true, text, passage._2().metadata()));
      for (int i = 1; i < cut.size(); i++) {
        rows.add(new Row(false, new PassageText(text.hash(), ""), passage._2().metadata()));
      }
    }
    return cut.remove();
  }

  /** What a part keeps beside the next vector. */
  Row nextRow() {
    return rows.remove();
  }

  /** Passages taken so far. */
  long taken() {
    return taken;
  }
}
