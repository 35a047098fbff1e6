package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {

  private static String printed(int width, String... cells) {
    Table table = new Table("NAME", "SIZE", "PLACE");
    table.row(cells);
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    table.print(out, width);
    out.flush();
    return text.toString();
  }

  @Test
  void print_wideCells_keepTheWidth() {
    assertThat(printed(40, "a", "1 B", "/srv")).isEqualTo("NAME  SIZE  PLACE\na     1 B   /srv\n");
    assertThat(printed(40, "a", "1 B", "/srv/" + "x".repeat(30)))
        .isEqualTo("NAME  SIZE  PLACE\na     1 B\n  /srv/" + "x".repeat(30) + "\n");
    String longName = "n".repeat(39);
    assertThat(printed(40, longName, "1 B", "/srv"))
        .startsWith("NAME" + " ".repeat(20) + "SIZE  PLACE\n" + longName + "\n ")
        .endsWith(" 1 B   /srv\n");
  }

  @Test
  void wrapped_breaksAtSpaces_andIndentsWhatFollows() {
    assertThat(Table.wrapped("aa bb cc dd", "  ", 6)).containsExactly("aa bb", "  cc", "  dd");
    assertThat(Table.wrapped("  aa", "    ", 6)).containsExactly("  aa");
    assertThat(Table.wrapped("wide-word-here a", "  ", 6)).containsExactly("wide-word-here", "  a");
  }
}
