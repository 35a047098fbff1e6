package org.realize.nima.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The completion of the commands and options for the shell fish. */
final class FishCompletion {

  private FishCompletion() {}

  static String of(CommandLine realize) {
    List<String> lines = new ArrayList<>(List.of("# Completion of realize for fish."));
    add(lines, realize, List.of());
    return String.join("\n", lines) + "\n";
  }

  /**
   * Adds what may follow {@code words}.
   *
   * @param words the commands before it
   */
  private static void add(List<String> lines, CommandLine command, List<String> words) {
    List<CommandLine> below =
        command.getSubcommands().values().stream()
            .filter(each -> !each.getCommandSpec().usageMessage().hidden())
            .toList();
    String names = below.stream().map(CommandLine::getCommandName).collect(Collectors.joining(" "));
    List<String> conditions = new ArrayList<>();
    words.forEach(word -> conditions.add("__fish_seen_subcommand_from " + word));
    String here = String.join("; and ", conditions);
    for (OptionSpec option : command.getCommandSpec().options()) {
      String value = option.arity().max() == 0 ? "" : " -r";
      lines.add(
          "complete -c realize%s -l %s%s -d %s"
              .formatted(
                  here.isEmpty() ? "" : " -n '" + here + "'",
                  option.longestName().replaceFirst("^-+", ""),
                  value,
                  quoted(first(option.description()))));
    }
    if (below.isEmpty()) {
      return;
    }
    conditions.add("not __fish_seen_subcommand_from " + names);
    for (CommandLine each : below) {
      lines.add(
          "complete -c realize -f -n '%s' -a %s -d %s"
              .formatted(
                  String.join("; and ", conditions),
                  each.getCommandName(),
                  quoted(first(each.getCommandSpec().usageMessage().description()))));
      List<String> next = new ArrayList<>(words);
      next.add(each.getCommandName());
      add(lines, each, next);
    }
  }

  private static String first(String... texts) {
    return texts.length == 0 ? "" : ManualPage.text(texts[0]);
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
