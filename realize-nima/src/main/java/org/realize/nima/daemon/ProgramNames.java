package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names of one running program, of a moment.
 *
 * @param command what the kernel calls its process, 15 bytes at most
 * @param all {@code command}, the file that it runs, if that may be seen, and the parts of its
 *     cgroup
 */
record ProgramNames(String command, Set<String> all) {

  /** A program that has ended, or that this process does not see. */
  static final ProgramNames UNKNOWN = new ProgramNames("?", Set.of());

  private static final String PROCESS_LINE = "Tgid:";

  ProgramNames {
    all = Set.copyOf(all);
  }

  /**
   * The program of a thread.
   *
   * @param processes {@code /proc}
   */
  static ProgramNames of(Path processes, int thread) {
    if (thread <= 0) {
      return UNKNOWN;
    }
    try {
      Path process = processes.resolve(process(processes, thread));
      String command = text(process.resolve("comm")).strip();
      Set<String> all = new HashSet<>(cgroups(process));
      all.add(command);
      try {
        all.add(String.valueOf(Files.readSymbolicLink(process.resolve("exe")).getFileName()));
      } catch (IOException ofAnotherUser) {
        // its command is known
      }
      return new ProgramNames(command, all);
    } catch (IOException ended) {
      return UNKNOWN;
    }
  }

  private static String process(Path processes, int thread) throws IOException {
    String number = Integer.toString(thread);
    for (String line : lines(processes.resolve(number).resolve("status"))) {
      if (line.startsWith(PROCESS_LINE)) {
        return line.substring(PROCESS_LINE.length()).strip();
      }
    }
    return number;
  }

  /** Each line is {@code HIERARCHY:CONTROLLERS:/a/path}. */
  private static List<String> cgroups(Path process) throws IOException {
    List<String> parts = new ArrayList<>();
    for (String line : lines(process.resolve("cgroup"))) {
      String path = line.substring(line.lastIndexOf(':') + 1);
      for (String part : path.split("/", -1)) {
        if (!part.isEmpty()) {
          parts.add(part);
        }
      }
    }
    return parts;
  }

  private static List<String> lines(Path file) throws IOException {
    return text(file).lines().toList();
  }

  /** Names are bytes, which need not be UTF-8. */
  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /** True if one of the names is that of a pattern, in which {@code *} stands for anything. */
  boolean matches(List<Pattern> patterns) {
    return patterns.stream()
        .anyMatch(pattern -> all.stream().anyMatch(name -> pattern.matcher(name).matches()));
  }

  /** The expression for a pattern with {@code *}. */
  static Pattern pattern(String text) {
    StringBuilder expression = new StringBuilder();
    for (String part : text.split("\\*", -1)) {
      expression.append(expression.isEmpty() ? "" : ".*").append(Pattern.quote(part));
    }
    return Pattern.compile(expression.toString(), Pattern.DOTALL);
  }
}
