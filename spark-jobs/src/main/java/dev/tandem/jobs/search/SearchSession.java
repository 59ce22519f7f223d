package dev.tandem.jobs.search;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.failure.TandemException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Queries one after the other, and how their answers are shown. Text and JSON go to one writer,
 * what else there is to say to another place.
 */
public final class SearchSession {
  /** What can be typed at the prompt besides queries. */
  static final String HELP =
      """
      A line is a query. Commands:
        :depth N          shows N passages for a query
        :explain on|off   shows where and how passages were found
        :full on|off      shows texts whole; without a word, the other way round
        :help             shows this
        :quit             ends, as Ctrl-D does""";

  private static final int DEEPEST = 10_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * How answers are shown at first.
   *
   * @param depth passages shown for a query
   * @param fullText whether texts are shown whole
   * @param explain whether hits say where and how they were found
   * @param json whether answers are JSON, an object a line
   */
  public record Settings(int depth, boolean fullText, boolean explain, boolean json) {}

  /** What answers queries. */
  @FunctionalInterface
  interface Answers {
    Answer answer(String query, int depth) throws IOException;
  }

  private final Answers answers;
  private final PrintWriter out;
  private final Consumer<String> notes;
  private final boolean json;
  private int depth;
  private boolean fullText;
  private boolean explain;

  /**
   * A session.
   *
   * @param searcher answers the queries; stays with its owner
   * @param out where answers go
   * @param notes what a person is told beside the answers
   */
  public SearchSession(
      Searcher searcher, Settings settings, PrintWriter out, Consumer<String> notes) {
    this(searcher::answer, settings, out, notes);
  }

  SearchSession(Answers answers, Settings settings, PrintWriter out, Consumer<String> notes) {
    this.answers = answers;
    this.out = out;
    this.notes = notes;
    this.json = settings.json();
    this.depth = settings.depth();
    this.fullText = settings.fullText();
    this.explain = settings.explain();
  }

  /** An answer as it is shown: as text, and as the members of its JSON object. */
  public record Shown(String text, String summary, Map<String, Object> json) {}

  /**
   * Answers one query.
   *
   * @param width columns of the terminal; empty where there is none
   */
  public Shown one(String query, OptionalInt width) throws IOException {
    Answer answer = answers.answer(query, depth);
    return new Shown(
        AnswerText.of(answer, new AnswerText.Style(fullText, explain, width)),
        AnswerText.summary(answer),
        AnswerJson.of(answer, explain));
  }

  /**
   * Answers the queries of lines, each as soon as it is read; blank lines are passed over.
   *
   * @throws TandemException of kind ARTIFACT where a file is damaged
   * @throws IOException where reading fails
   */
  public void lines(BufferedReader lines) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String query = line.strip();
      if (!query.isEmpty()) {
        Shown shown = one(query, OptionalInt.empty());
        if (json) {
          out.println(JSON.writeValueAsString(shown.json()));
        } else {
          out.println("> " + AnswerText.harmlessLine(query));
          out.println(shown.text());
          out.println();
        }
        out.flush();
      }
    }
  }

  /**
   * Does what was typed at the prompt.
   *
   * @param width columns of the terminal
   * @return whether the session goes on
   */
  boolean typed(String line, int width) throws IOException {
    String text = line.strip();
    if (text.isEmpty()) {
      return true;
    }
    if (text.startsWith(":")) {
      return command(text);
    }
    try {
      Shown shown = one(text, OptionalInt.of(width));
      out.println(json ? JSON.writeValueAsString(shown.json()) : shown.text());
      if (!json) {
        out.println(shown.summary());
      }
    } catch (TandemException e) {
      notes.accept(e.getMessage()); // the next query may be answered
    }
    out.flush();
    return true;
  }

  private boolean command(String text) {
    String[] words = text.toLowerCase(Locale.ROOT).split("\\s+");
    String argument = words.length == 2 ? words[1] : "";
    switch (words.length > 2 ? "" : words[0]) {
      case ":quit", ":q", ":exit" -> {
        return false;
      }
      case ":help" -> say(HELP);
      case ":depth" -> depth(argument);
      case ":explain" -> {
        explain = toggled(":explain", argument, explain);
      }
      case ":full" -> {
        fullText = toggled(":full", argument, fullText);
      }
      default -> notes.accept("There is no command " + text + "; :help shows those there are.");
    }
    out.flush();
    return true;
  }

  private void say(String text) {
    out.println(text);
  }

  private void depth(String argument) {
    if (argument.matches("\\d{1,5}")
        && Integer.parseInt(argument) >= 1
        && Integer.parseInt(argument) <= DEEPEST) {
      depth = Integer.parseInt(argument);
      say("depth is " + depth);
    } else {
      notes.accept(
          ":depth takes a whole number from 1 to "
              + DEEPEST
              + ", as :depth 20; it is "
              + depth
              + ".");
    }
  }

  /** What a switch becomes: as the word says, without one the other way round. */
  private boolean toggled(String command, String argument, boolean now) {
    if (!List.of("", "on", "off").contains(argument)) {
      notes.accept(
          command
              + " takes on or off, or nothing for the other way round; it is "
              + word(now)
              + ".");
      return now;
    }
    boolean on = argument.isEmpty() ? !now : argument.equals("on");
    say(command.substring(1) + " is " + word(on));
    return on;
  }

  private static String word(boolean on) {
    return on ? "on" : "off";
  }
}
