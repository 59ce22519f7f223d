package dev.tandem.model.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The expected ids come from Hugging Face tokenizers 0.22 in Python on the same vocabulary. */
class HuggingFaceTokenizerTest {

  private static TokenizerJson json;
  private static HuggingFaceTokenizer tokenizer;

  @BeforeAll
  static void open() throws IOException {
    try (InputStream in =
        HuggingFaceTokenizerTest.class.getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
      byte[] bytes = in.readAllBytes();
      json = TokenizerJson.parse(bytes);
      tokenizer = HuggingFaceTokenizer.fromJson(bytes);
    }
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  static Stream<Arguments> golden() {
    return Stream.of(
        Arguments.of("", new int[] {101, 102}),
        Arguments.of("  ", new int[] {101, 102}),
        Arguments.of("hello world", new int[] {101, 7592, 2088, 102}),
        Arguments.of(
            "Caf\u00e9 na\u00efve \u00c5ngstr\u00f6m S\u00e3o",
            new int[] {101, 7668, 15743, 17076, 15687, 7509, 102}),
        Arguments.of("e\u0301 \u00a0nbsp", new int[] {101, 1041, 1050, 5910, 2361, 102}),
        Arguments.of(
            "\u4e2d\u6587 text \u5317\u4eac", new int[] {101, 1746, 1861, 3793, 1781, 1755, 102}),
        Arguments.of(
            "\ud55c\uad6d\uc5b4 \u3072\u3089\u304c\u306a",
            new int[] {
              101, 1469, 30006, 30021, 29991, 30014, 30020, 29999, 30008, 1673, 30211, 30177, 30193,
              102
            }),
        Arguments.of("a".repeat(101), new int[] {101, 100, 102}),
        Arguments.of(
            "tab\tnew\nline\u0000\u0007\u200b\ufffd end",
            new int[] {101, 21628, 2047, 2240, 2203, 102}),
        Arguments.of(
            "emoji \ud83d\ude00 and \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67",
            new int[] {101, 7861, 29147, 2072, 100, 1998, 100, 102}),
        Arguments.of("[SEP] in text [MASK]", new int[] {101, 102, 1999, 3793, 103, 102}),
        Arguments.of(
            "don't C++ x_1=3.14",
            new int[] {
              101, 2123, 1005, 1056, 1039, 1009, 1009, 1060, 1035, 1015, 1027, 1017, 1012, 2403, 102
            }),
        Arguments.of(
            "\ufb01 \u00bd \u01c5 \u0130stanbul \u1e9e",
            new int[] {101, 1984, 1092, 100, 9960, 1096, 102}));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void agreesWithHuggingFace(String text, int[] expected) {
    assertThat(tokenizer.encode(text, 512)).containsExactly(expected);
  }

  @ParameterizedTest
  @MethodSource("golden")
  void vocabularyFileGivesTheSameTokenizer(String text, int[] expected) {
    TokenizerJson rebuilt =
        TokenizerJson.ofVocabulary(json.wordPieces().orElseThrow(), true, Optional.empty(), true);
    try (HuggingFaceTokenizer fromVocabulary = HuggingFaceTokenizer.of(rebuilt)) {
      assertThat(fromVocabulary.encode(text, 512)).containsExactly(expected);
      assertThat(fromVocabulary.fingerprint()).isEqualTo(tokenizer.fingerprint());
    }
  }

  @Test
  void aHundredCharactersAreStillAWord() {
    int[] ids = tokenizer.encode("a".repeat(100), 512);
    assertThat(ids).hasSize(52).startsWith(101, 13360, 11057).endsWith(11057, 2050, 102);
  }

  @Test
  void cutsAndKeepsTheEndToken() {
    String text = "one two three four five six seven";
    assertThat(tokenizer.encode(text, 6)).containsExactly(101, 2028, 2048, 2093, 2176, 102);
    assertThat(tokenizer.encode(text, 2)).containsExactly(101, 102);
    assertThat(tokenizer.encode(text, 9)).hasSize(9).isEqualTo(tokenizer.encode(text, 10));
    assertThat(tokenizer.encodeAll(List.of("", text), 3))
        .containsExactly(new int[] {101, 102}, new int[] {101, 2028, 102});
    assertThatThrownBy(() -> tokenizer.encode(text, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxLength must be at least 2");
  }

  @Test
  void casedVocabularyKeepsCase() {
    List<String> tokens = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "Paris", "paris", "##ian");
    TokenizerJson cased = TokenizerJson.ofVocabulary(tokens, false, Optional.empty(), true);
    assertThat(cased.lowerCase()).isFalse();
    try (HuggingFaceTokenizer t = HuggingFaceTokenizer.of(cased)) {
      assertThat(t.encode("Paris parisian Rome", 9)).containsExactly(2, 4, 5, 6, 1, 3);
      assertThat(t.vocabularySize()).isEqualTo(7);
    }
  }

  @Test
  void survivesUnpairedSurrogates() {
    assertThat(tokenizer.encode("ab\ud83d cd", 16)).startsWith(101, 11113).endsWith(3729, 102);
  }

  @Test
  void bytesAreStable() {
    assertThat(json.vocabularySize()).isEqualTo(30522);
    assertThat(json.lowerCase()).isTrue();
    assertThat(TokenizerJson.parse(json.bytes()).bytes()).isEqualTo(json.bytes());
    assertThat(new String(json.bytes(), StandardCharsets.UTF_8))
        .contains("\"truncation\":null", "\"padding\":null");
  }

  @Test
  void threadsShareOneTokenizer() throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<Integer>> failures = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        failures.add(
            pool.submit(
                () -> {
                  int wrong = 0;
                  for (int i = 0; i < 500; i++) {
                    int length = tokenizer.encode("hello world ".repeat(1 + i % 20), 512).length;
                    wrong += length == 2 * (1 + i % 20) + 2 ? 0 : 1;
                  }
                  return wrong;
                }));
      }
      for (Future<Integer> failure : failures) {
        assertThat(failure.get()).isZero();
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void refusesWhatIsNoTokenizer() {
    assertThatThrownBy(() -> TokenizerJson.parse("{".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not valid JSON");
    assertThatThrownBy(() -> TokenizerJson.parse("{}".getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("no model.vocab");
    byte[] strange =
        "{\"model\":{\"type\":\"Nonsense\",\"vocab\":{\"a\":0}}}".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> HuggingFaceTokenizer.fromJson(strange))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a tokenizer");
    byte[] bare =
        ("{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"a\",\"continuing_subword_prefix\":"
                + "\"##\",\"max_input_chars_per_word\":100,\"vocab\":{\"a\":0}}}")
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> HuggingFaceTokenizer.fromJson(bare))
        .hasMessageContaining("0 special tokens");
    assertThatThrownBy(
            () -> TokenizerJson.ofVocabulary(List.of("[UNK]"), true, Optional.empty(), true))
        .hasMessageContaining("no [CLS]");
    assertThatThrownBy(
            () ->
                TokenizerJson.ofVocabulary(
                    List.of("[UNK]", "[CLS]", "[SEP]", "x", "x"), true, Optional.empty(), true))
        .hasMessageContaining("lines 4 and 5");
  }

  @Test
  void aClosedTokenizerSaysSo() {
    HuggingFaceTokenizer closed = HuggingFaceTokenizer.of(json);
    closed.close();
    closed.close();
    assertThatThrownBy(() -> closed.encode("x", 4)).isInstanceOf(IllegalStateException.class);
  }
}
