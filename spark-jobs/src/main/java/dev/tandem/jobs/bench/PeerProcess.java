package dev.tandem.jobs.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A peer that runs in a Python process of its own and speaks one JSON object a line: the settings
 * go in, what it is comes back; then a request, an answer. So its repetitions can take turns with
 * Tandem's. The process waits between requests without using the processor. Whoever starts it
 * closes it. For one thread.
 */
final class PeerProcess implements AutoCloseable {
  /** What the script calls the work that a peer is made for. */
  static final String WORK = "measure";

  private static final String SCRIPT = "peer.py";
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int LAST_LINES = 5;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Path script;
  private final BufferedWriter requests;
  private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final Deque<String> complaints = new ArrayDeque<>();
  private final Duration patience;
  private final Thread listener;
  private final Thread collector;
  private Map<String, String> versions = Map.of();

  /** What the listener puts behind the last answer. */
  private static final String END = "";

  private PeerProcess(Process process, Path script, Duration patience) {
    this.process = process;
    this.script = script;
    this.patience = patience;
    requests =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    listener = daemon(() -> listen(process.getInputStream()), "bench-peer-answers");
    collector = daemon(() -> collect(process.getErrorStream()), "bench-peer-complaints");
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /**
   * Starts a peer of {@code peer.py}.
   *
   * @param python the interpreter, a path or a name on the path
   * @param threads it may use
   * @param settings its name as {@code peer}, and what it is to measure
   * @throws PeerException if there is no such interpreter, it lacks a library, or fails
   * @throws IOException if the script cannot be written to a temporary file
   */
  static PeerProcess start(String python, int threads, Map<String, Object> settings)
      throws IOException {
    try (InputStream in = PeerProcess.class.getResourceAsStream(SCRIPT)) {
      return start(python, threads, settings, in.readAllBytes(), PATIENCE);
    }
  }

  /** As {@link #start(String, int, Map)}, for tests with a script of their own. */
  static PeerProcess start(
      String python, int threads, Map<String, Object> settings, byte[] code, Duration patience)
      throws IOException {
    Path script = Files.createTempFile("tandem-bench-", ".py");
    Files.write(script, code);
    ProcessBuilder builder = new ProcessBuilder(python, script.toString());
    String count = String.valueOf(threads);
    for (String library : new String[] {"OMP", "MKL", "OPENBLAS", "BLIS"}) {
      builder.environment().put(library + "_NUM_THREADS", count);
    }
    builder.environment().put("TOKENIZERS_PARALLELISM", "false");
    builder.environment().put("TRANSFORMERS_OFFLINE", "1");
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    PeerProcess peer;
    try {
      peer = new PeerProcess(builder.start(), script, patience);
    } catch (IOException e) {
      Files.deleteIfExists(script);
      throw new PeerException("bench.python = " + python + " does not start", e);
    }
    try {
      peer.introduce(settings);
      return peer;
    } catch (IOException | RuntimeException e) {
      peer.close();
      throw e;
    }
  }

  private void introduce(Map<String, Object> settings) throws PeerException {
    JsonNode answer = ask(new TreeMap<>(settings));
    if (answer.has("unavailable")) {
      throw new PeerException(answer.get("unavailable").asText());
    }
    Map<String, String> said = new TreeMap<>();
    Iterator<Map.Entry<String, JsonNode>> fields = answer.path("ready").fields();
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> field = fields.next();
      if (!field.getValue().asText().isEmpty()) {
        said.put(field.getKey(), field.getValue().asText());
      }
    }
    versions = said;
  }

  /** What it is made of. */
  Map<String, String> versions() {
    return versions;
  }

  /**
   * Has it do a piece of work once.
   *
   * @param what the piece, as the script calls it
   * @return seconds, as it measured them itself
   * @throws PeerException if it fails, ends, or does not answer for ten minutes
   */
  double measure(String what) throws PeerException {
    JsonNode seconds = ask(Map.of("do", what)).path("seconds");
    if (!seconds.isNumber()) {
      throw new PeerException("the peer answered without a time");
    }
    return seconds.asDouble();
  }

  /**
   * What its work gives.
   *
   * @throws PeerException as {@link #measure}
   */
  JsonNode check() throws PeerException {
    return ask(Map.of("do", "check"));
  }

  private JsonNode ask(Map<String, Object> request) throws PeerException {
    try {
      requests.write(JSON.writeValueAsString(request));
      requests.newLine();
      requests.flush();
    } catch (IOException e) {
      throw new PeerException("the peer ended" + why(), e);
    }
    String answer;
    try {
      answer = answers.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PeerException("interrupted while waiting for the peer", e);
    }
    if (answer == null) {
      throw new PeerException("the peer did not answer for " + patience.toSeconds() + " seconds");
    }
    if (answer.equals(END)) {
      answers.add(END); // it stays ended
      throw new PeerException("the peer ended" + why());
    }
    try {
      return JSON.readTree(answer);
    } catch (JsonProcessingException e) {
      throw new PeerException("the peer answered with something else than JSON: " + answer, e);
    }
  }

  /** Its last words, once they have been read. */
  private String why() {
    try {
      collector.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (complaints) {
      return complaints.isEmpty() ? "" : ": " + complaints.peekLast();
    }
  }

  private void listen(InputStream in) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          answers.add(line);
        }
      }
    } catch (IOException e) {
      keep(e.toString());
    } finally {
      answers.add(END);
    }
  }

  private void collect(InputStream in) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        keep(line);
      }
    } catch (IOException e) {
      keep(e.toString());
    }
  }

  private void keep(String line) {
    if (line.isBlank()) {
      return;
    }
    synchronized (complaints) {
      complaints.addLast(line.strip());
      if (complaints.size() > LAST_LINES) {
        complaints.removeFirst();
      }
    }
  }

  /** Ends the process. */
  @Override
  public void close() {
    try {
      requests.close();
    } catch (IOException e) {
      keep(e.toString()); // it has ended already
    }
    try {
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      listener.join();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    try {
      Files.deleteIfExists(script);
    } catch (IOException e) {
      script.toFile().deleteOnExit();
    }
  }
}
