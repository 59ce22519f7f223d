package dev.tandem.model.tokenize;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The Hugging Face {@code tokenizers} library behind {@link TextTokenizer}: any {@code
 * tokenizer.json} whose template puts one token before the text and one after it.
 *
 * <p>Agrees with {@code AutoTokenizer} called with {@code truncation=True, max_length=maxLength}
 * and no padding. Thread-safe; calls run in the caller's thread, so that tasks share the cores as
 * Spark meant them to. Owns native memory until {@link #close()}.
 *
 * <p>Nothing is downloaded: the native library comes out of the jar into {@code ENGINE_CACHE_DIR}
 * (environment or system property), else {@code .djl.ai} in the home directory, else the temporary
 * directory.
 */
public final class HuggingFaceTokenizer implements TextTokenizer {

  static {
    // Without it, DJL fetches another library where it sees a GPU, and asks the EC2 metadata
    // service about the machine.
    if (System.getProperty("ai.djl.offline") == null) {
      System.setProperty("ai.djl.offline", "true");
    }
  }

  private final int vocabularySize;
  private final String fingerprint;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private long handle;

  private HuggingFaceTokenizer(TokenizerJson json, long handle) {
    this.vocabularySize = json.vocabularySize();
    this.fingerprint = json.fingerprint();
    this.handle = handle;
  }

  /**
   * A tokenizer from the bytes of a {@code tokenizer.json}; the truncation and padding it names are
   * ignored.
   *
   * @throws IllegalArgumentException if the bytes are no tokenizer, or one that does not put
   *     exactly one start and one end token around a text
   * @throws IllegalStateException if the native library does not load on this machine
   */
  public static HuggingFaceTokenizer fromJson(byte[] tokenizerJson) {
    return of(TokenizerJson.parse(tokenizerJson));
  }

  /** Like {@link #fromJson}, from JSON that is already parsed. */
  public static HuggingFaceTokenizer of(TokenizerJson json) {
    loadNativeLibrary();
    long handle;
    try {
      handle =
          TokenizersLibrary.LIB.createTokenizerFromString(
              new String(json.bytes(), StandardCharsets.UTF_8));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "not a tokenizer that the Hugging Face library understands: " + e.getMessage(), e);
    }
    HuggingFaceTokenizer tokenizer = new HuggingFaceTokenizer(json, handle);
    int[] empty = tokenizer.all("");
    if (empty.length != 2) {
      tokenizer.close();
      throw new IllegalArgumentException(
          "the tokenizer puts "
              + empty.length
              + " special tokens around a text; an encoder of the BERT family needs 2, a start and"
              + " an end token");
    }
    return tokenizer;
  }

  private static void loadNativeLibrary() {
    try {
      LibUtils.checkStatus();
    } catch (EngineException | LinkageError e) {
      throw new IllegalStateException(
          "the native tokenizer library did not load ("
              + rootCause(e)
              + "); it is unpacked from the jar, so the cache directory must be writable and allow"
              + " execution: set ENGINE_CACHE_DIR to another directory if need be",
          e);
    }
  }

  private static String rootCause(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }

  @Override
  public int[] encode(String text, int maxLength) {
    if (maxLength < 2) {
      throw new IllegalArgumentException(
          "maxLength must be at least 2, for the start and the end token: " + maxLength);
    }
    int[] ids = all(text);
    if (ids.length <= maxLength) {
      return ids;
    }
    int[] cut = Arrays.copyOf(ids, maxLength);
    cut[maxLength - 1] = ids[ids.length - 1];
    return cut;
  }

  private int[] all(String text) {
    lock.readLock().lock();
    try {
      if (handle == 0) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      long encoding = TokenizersLibrary.LIB.encode(handle, text, true);
      try {
        long[] ids = TokenizersLibrary.LIB.getTokenIds(encoding);
        int[] result = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
          result[i] = Math.toIntExact(ids[i]);
        }
        return result;
      } finally {
        TokenizersLibrary.LIB.deleteEncoding(encoding);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public List<int[]> encodeAll(List<String> texts, int maxLength) {
    List<int[]> encoded = new ArrayList<>(texts.size());
    for (String text : texts) {
      encoded.add(encode(text, maxLength));
    }
    return encoded;
  }

  @Override
  public int vocabularySize() {
    return vocabularySize;
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (handle != 0) {
        TokenizersLibrary.LIB.deleteTokenizer(handle);
        handle = 0;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
