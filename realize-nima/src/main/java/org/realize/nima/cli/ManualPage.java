package org.realize.nima.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual page of one command, in roff for man(1), out of what {@code --help} prints. */
final class ManualPage {

  private final CommandLine command;
  private final CommandSpec spec;
  private final StringBuilder page = new StringBuilder();

  private ManualPage(CommandLine command) {
    this.command = command;
    spec = command.getCommandSpec();
  }

  /** The pages of a command and of all that are not hidden below it, by name. */
  static Map<String, String> all(CommandLine command) {
    Map<String, String> pages = new TreeMap<>();
    pages.put(name(command.getCommandSpec()), new ManualPage(command).text());
    for (CommandLine below : visible(command)) {
      pages.putAll(all(below));
    }
    return pages;
  }

  private static List<CommandLine> visible(CommandLine command) {
    return command.getSubcommands().values().stream()
        .filter(below -> !below.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  private static String name(CommandSpec spec) {
    return spec.qualifiedName("-");
  }

  private String text() {
    String name = name(spec);
    String version = Realize.VERSION;
    page.append(".TH \"%s\" 1 \"\" \"realize %s\" \"Realize\"\n".formatted(name, version));
    section("NAME");
    List<String> description = texts(spec.usageMessage().description());
    line(name + " - " + String.join(" ", description.subList(0, Math.min(1, description.size()))));
    section("SYNOPSIS");
    Help help = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF));
    line(help.synopsis(0).strip().replaceAll("\\s+", " "));
    section("DESCRIPTION");
    for (String paragraph : description) {
      page.append(".PP\n");
      line(paragraph);
    }
    parameters();
    options();
    commands();
    List<String> footer = texts(spec.usageMessage().footer());
    if (!footer.isEmpty()) {
      section("EXIT STATUS");
      footer.stream().filter(text -> !text.isEmpty()).forEach(this::line);
    }
    seeAlso();
    return page.toString();
  }

  private void parameters() {
    List<PositionalParamSpec> shown =
        spec.positionalParameters().stream().filter(each -> !each.hidden()).toList();
    if (!shown.isEmpty()) {
      section("ARGUMENTS");
      shown.forEach(each -> entry(each.paramLabel(), texts(each.description())));
    }
  }

  private void options() {
    section("OPTIONS");
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        String label = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
        String names = String.join(", ", option.names());
        entry(names + label, texts(option.description()));
      }
    }
  }

  private void commands() {
    List<CommandLine> below = visible(command);
    if (!below.isEmpty()) {
      section("COMMANDS");
      for (CommandLine each : below) {
        List<String> description = texts(each.getCommandSpec().usageMessage().description());
        entry(each.getCommandName(), description.subList(0, Math.min(1, description.size())));
      }
    }
  }

  private void seeAlso() {
    List<String> others = new ArrayList<>();
    if (spec.parent() != null) {
      others.add(name(spec.parent()) + "(1)");
    }
    visible(command).forEach(below -> others.add(name(below.getCommandSpec()) + "(1)"));
    if (!others.isEmpty()) {
      section("SEE ALSO");
      line(String.join(", ", others));
    }
  }

  private void section(String title) {
    page.append(".SH ").append(title).append('\n');
  }

  private void entry(String term, List<String> texts) {
    page.append(".TP\n.B ").append(escaped(term)).append('\n');
    texts.forEach(this::line);
  }

  private void line(String text) {
    page.append(escaped(text)).append('\n');
  }

  private static List<String> texts(String... descriptions) {
    return Stream.of(descriptions).map(ManualPage::text).toList();
  }

  /** A description as {@code --help} shows it, which takes it for a format. */
  static String text(String description) {
    return description.replace("%%", "%").replace("%n", " ").replace("$$", "$");
  }

  private static String escaped(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
