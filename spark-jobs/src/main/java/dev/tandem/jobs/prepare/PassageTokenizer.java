package dev.tandem.jobs.prepare;

import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Makes tokens of texts: puts a prefix before them, and cuts what is too long, keeping the end
 * token.
 *
 * @param tokenizer the tokenizer
 * @param prefix put before every text
 * @param maxLength longest sequence, start and end token included
 */
public record PassageTokenizer(TokenizerDefinition tokenizer, String prefix, int maxLength)
    implements Serializable {
  /** A length that cuts no text. */
  public static final int UNCUT = 1 << 30;

  /** Texts tokenized together. */
  static final int AT_ONCE = 256;

  /**
   * A passage with its tokens.
   *
   * @param record the passage
   * @param tokens its tokens
   * @param cut whether it was longer
   */
  public record Tokenized(TextRecord record, TokenizedText tokens, boolean cut)
      implements Serializable {}

  /** Tokenizes some texts. */
  List<Tokenized> tokenize(List<TextRecord> records) {
    List<String> prefixed = records.stream().map(record -> prefix + record.text()).toList();
    // One id more than wanted tells a text that was cut from one that just fits.
    List<int[]> encoded = tokenizer.tokenizer().encodeAll(prefixed, maxLength + 1);
    List<Tokenized> all = new ArrayList<>(records.size());
    for (int i = 0; i < records.size(); i++) {
      int[] ids = encoded.get(i);
      boolean cut = ids.length > maxLength;
      if (cut) {
        int end = ids[ids.length - 1];
        ids = Arrays.copyOf(ids, maxLength);
        ids[maxLength - 1] = end;
      }
      TextRecord record = records.get(i);
      all.add(new Tokenized(record, new TokenizedText(record.id(), ids), cut));
    }
    return all;
  }

  /** Tokenizes texts as they are asked for. */
  public Iterator<Tokenized> tokenize(Iterator<TextRecord> records) {
    return new Iterator<>() {
      private Iterator<Tokenized> ready = List.<Tokenized>of().iterator();

      @Override
      public boolean hasNext() {
        return ready.hasNext() || records.hasNext();
      }

      @Override
      public Tokenized next() {
        if (!ready.hasNext()) {
          List<TextRecord> some = new ArrayList<>(AT_ONCE);
          while (some.size() < AT_ONCE && records.hasNext()) {
            some.add(records.next());
          }
          ready = tokenize(some).iterator();
        }
        return ready.next();
      }
    };
  }
}
