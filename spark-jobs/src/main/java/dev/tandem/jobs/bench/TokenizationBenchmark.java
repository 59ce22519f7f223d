package dev.tandem.jobs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.model.pretrained.PretrainedEncoder;
import dev.tandem.model.tokenize.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tokenization on one thread, beside the Python package whose native library is the same. */
final class TokenizationBenchmark implements Benchmark {
  private static final String PEER = "tokenizers";

  @Override
  public String name() {
    return "tokenization";
  }

  @Override
  public String describe() {
    return "tokenization, beside the Python package tokenizers";
  }

  @Override
  public BenchmarkResult run(BenchmarkContext context) throws IOException {
    PretrainedEncoder model = MiniLm.load(context.hadoop());
    TextSource source = TextSource.of(context, context.sizes().tokenizedTexts(), model.tokenizer());
    int longest = context.config().data().all().passageMaxLength();
    Path json = Files.createTempFile("tandem-bench-", "-tokenizer.json");
    Path texts = Files.createTempFile("tandem-bench-", "-texts.json");
    try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.fromJson(model.tokenizer())) {
      Files.write(json, model.tokenizer());
      new ObjectMapper().writeValue(texts.toFile(), source.texts());
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("peer", "tokenization");
      settings.put("tokenizer", json.toString());
      settings.put("texts", texts.toString());
      settings.put("length", longest);
      try (Peer peer = Peer.start(() -> PeerProcess.start(context.bench().python(), 1, settings))) {
        return measure(context, source, longest, tokenizer, peer);
      }
    } finally {
      Files.deleteIfExists(json);
      Files.deleteIfExists(texts);
    }
  }

  private BenchmarkResult measure(
      BenchmarkContext context,
      TextSource source,
      int longest,
      HuggingFaceTokenizer tokenizer,
      Peer peer)
      throws IOException {
    Map<String, Contender> contenders = new LinkedHashMap<>();
    contenders.put("tandem", Contender.timed(() -> tokenizer.encodeAll(source.texts(), longest)));
    peer.addTo(contenders);
    String what = "%d texts, at most %d tokens, 1 thread".formatted(source.texts().size(), longest);
    Interleaved.Outcome outcome = context.interleaved().run(name() + ": " + what, contenders);
    int count = source.texts().size();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("texts", source.origin());
    Optional<Side> theirs =
        Optional.ofNullable(outcome.samples().get(Peer.NAME)).map(s -> new Side(count, s));
    if (theirs.isPresent()) {
      peer.check()
          .ifPresent(
              answer -> details.put("same-tokens", same(tokenizer, source, longest, answer)));
    }
    return new BenchmarkResult(
        name(),
        peer.state(PEER, outcome, PeerState.missing(PEER, "not started")),
        false,
        List.of(
            new Comparison(
                what, "texts", new Side(count, outcome.samples().get("tandem")), theirs)),
        details,
        List.of("Tokenization: " + source.origin() + "."));
  }

  private static boolean same(
      HuggingFaceTokenizer tokenizer, TextSource source, int longest, JsonNode answer) {
    JsonNode theirs = answer.path("ids");
    for (int text = 0; text < theirs.size(); text++) {
      int[] ours = tokenizer.encode(source.texts().get(text), longest);
      if (ours.length != theirs.get(text).size()) {
        return false;
      }
      for (int i = 0; i < ours.length; i++) {
        if (ours[i] != theirs.get(text).get(i).asInt()) {
          return false;
        }
      }
    }
    return true;
  }
}
