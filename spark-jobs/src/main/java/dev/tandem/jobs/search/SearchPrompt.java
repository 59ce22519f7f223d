package dev.tandem.jobs.search;

import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The prompt on a terminal: lines with editing, history and completion of commands. */
public final class SearchPrompt {
  private static final String PROMPT = "search> ";
  private static final int USUAL_WIDTH = 80;

  /** Rounds after which the JVM has compiled what a query needs; small ones take milliseconds. */
  private static final int WARM_UP_ROUNDS = 200;

  private static final long WARM_UP_NANOS = 5_000_000_000L;
  private static final String WARM_UP_QUERY = "how to read the lines of a text file into a list";

  private SearchPrompt() {}

  /** Makes a session that writes to the terminal. */
  public interface Sessions extends BiFunction<PrintWriter, Consumer<String>, SearchSession> {}

  /**
   * Asks for queries until the user ends it. While the first one is typed, the searcher is warmed
   * up, so that its answer is as fast as the later ones.
   *
   * @param searcher answers the queries; stays with its owner
   * @param sessions makes the session
   * @param history file that keeps what was typed, made with its directories where it can be
   * @throws IOException where the terminal fails
   */
  public static void run(Searcher searcher, Sessions sessions, Path history) throws IOException {
    Thread warmUp = warmUp(searcher);
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      PrintWriter out = terminal.writer();
      SearchSession session =
          sessions.apply(
              out,
              note -> {
                out.println(note);
                out.flush();
              });
      DefaultParser words = new DefaultParser();
      words.setQuoteChars(new char[0]); // an apostrophe in a query opens nothing
      words.setEscapeChars(new char[0]);
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("tandem")
              .parser(words)
              .completer(new StringsCompleter(":depth", ":explain", ":full", ":help", ":quit"))
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .option(LineReader.Option.HISTORY_IGNORE_SPACE, true)
              .build();
      if (isWritable(history)) {
        reader.setVariable(LineReader.HISTORY_FILE, history);
      }
      loop(reader, session, terminal);
    } finally {
      end(warmUp);
    }
  }

  /** Ends the warm-up before the caller closes what it uses. */
  private static void end(Thread warmUp) {
    warmUp.interrupt();
    try {
      warmUp.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void loop(LineReader reader, SearchSession session, Terminal terminal)
      throws IOException {
    boolean more = true;
    while (more) {
      try {
        String line = reader.readLine(PROMPT);
        int width = terminal.getWidth() > 0 ? terminal.getWidth() : USUAL_WIDTH;
        more = session.typed(line, width);
      } catch (UserInterruptException e) {
        // As in a shell: the line is dropped, the prompt comes again.
      } catch (EndOfFileException e) {
        more = false;
      }
    }
  }

  private static boolean isWritable(Path history) {
    try {
      Files.createDirectories(history.getParent());
      return Files.isWritable(Files.exists(history) ? history : history.getParent());
    } catch (IOException e) {
      return false;
    }
  }

  private static Thread warmUp(Searcher searcher) {
    long end = System.nanoTime() + WARM_UP_NANOS;
    Thread thread =
        new Thread(
            () -> {
              try {
                for (int round = 0;
                    round < WARM_UP_ROUNDS
                        && System.nanoTime() < end
                        && !Thread.currentThread().isInterrupted();
                    round++) {
                  searcher.answer(WARM_UP_QUERY, 1);
                  Thread.sleep(1); // lets a query that waits go first
                }
              } catch (IOException | TandemException e) {
                return; // the first query will say so
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "warm-up");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
