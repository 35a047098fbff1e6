package org.realize.chaos.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A deliberate break of one rule, as a replacement of text in one source file.
 *
 * @param file relative to the root of the sources
 * @param before the text to replace, which occurs once in the file
 */
record Mutation(String name, String rule, Path file, String before, String after) {

  /** Reads the list of mutations, in the form that its head describes. */
  static List<Mutation> parse(String text) {
    List<Mutation> all = new ArrayList<>();
    for (String part : text.split("(?m)^= ", -1)) {
      List<String> lines = part.lines().filter(line -> !line.startsWith("#")).toList();
      if (lines.stream().anyMatch(line -> line.startsWith("file "))) {
        String title = lines.getFirst();
        int colon = title.indexOf(": ");
        all.add(
            new Mutation(
                title.substring(0, colon),
                title.substring(colon + 2),
                Path.of(lines.get(1).substring("file ".length())),
                marked(lines, "- "),
                marked(lines, "+ ")));
      }
    }
    return all;
  }

  private static String marked(List<String> lines, String mark) {
    return String.join(
        "\n",
        lines.stream()
            .filter(line -> line.startsWith(mark))
            .map(line -> line.substring(mark.length()))
            .toList());
  }

  /** The file's text with the rule broken. Throws if the text to replace is not there once. */
  String applied(Path sources) throws IOException {
    String text = Files.readString(sources.resolve(file));
    int at = text.indexOf(before);
    if (at < 0 || text.indexOf(before, at + 1) >= 0) {
      throw new IOException(
          "mutation '%s': its text is %s in '%s'"
              .formatted(name, at < 0 ? "not" : "more than once", file));
    }
    return text.substring(0, at) + after + text.substring(at + before.length());
  }
}
