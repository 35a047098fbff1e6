package org.realize.nima.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.realize.sync.model.RealizeException.StorageFailed;

/** The questions to a person on a terminal about arenas that are offered. */
final class ArenaQuestions {

  private final Surroundings surroundings;
  private final PrintWriter out;
  private final BufferedReader answers;

  ArenaQuestions(Surroundings surroundings, PrintWriter out) {
    this.surroundings = surroundings;
    this.out = out;
    this.answers =
        new BufferedReader(new InputStreamReader(surroundings.input(), StandardCharsets.UTF_8));
  }

  /** True if somebody is there to answer. */
  boolean mayAsk() {
    return surroundings.terminal().getAsBoolean();
  }

  /** Asks whether to take part; an empty answer is yes, the end of the input no. */
  boolean isWanted(String arena) throws StorageFailed {
    Optional<String> answer = ask("Take part in " + Printable.line(arena) + "? [Y/n] ");
    return answer.isPresent() && (answer.get().isEmpty() || answer.get().matches("(?i)y|yes"));
  }

  /** Asks for a directory until there is one; empty for none. */
  Optional<Path> root() throws StorageFailed {
    while (true) {
      Optional<String> answer = ask("Directory for its real files (none: files on demand): ");
      if (answer.isEmpty() || answer.get().isEmpty()) {
        return Optional.empty();
      }
      String text = answer.get().replaceFirst("^~(?=/|$)", surroundings.home().toString());
      Path root = surroundings.directory().resolve(text).normalize();
      if (Files.isDirectory(root)) {
        return Optional.of(root);
      }
      out.println(root + " is no directory");
    }
  }

  private Optional<String> ask(String question) throws StorageFailed {
    out.print(question);
    out.flush();
    try {
      return Optional.ofNullable(answers.readLine()).map(String::strip);
    } catch (IOException e) {
      throw new StorageFailed("read an answer", e);
    }
  }
}
