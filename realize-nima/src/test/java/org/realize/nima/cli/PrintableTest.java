package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.ControlJson;

class PrintableTest {

  private static final String EVIL = "evil\033[2J\r\n\u202Eroot#\u2028\u0085\u2066";
  private static final String SEEN = "evil\\x1b[2J\\x0d\\x0a\\u202eroot#\\u2028\\x85\\u2066";

  @Test
  void line_controls_areMadeVisible() {
    assertThat(Printable.line(EVIL)).isEqualTo(SEEN);
    assertThat(Printable.line("half \uD800.")).isEqualTo("half \\ud800.");
  }

  @Test
  void line_charactersOfNames_stay() {
    String names = "Ä é \u05D0\u05D1 \u0639 日本 \uD83D\uDC69\u200D\uD83D\uDCBB : \\ \u00A0'";
    assertThat(Printable.line(names)).isEqualTo(names);
  }

  @Test
  void tableAndMovingLine_ofEvilNames_areHarmless() {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text, true);
    Table table = new Table("PEER", "LAST ERROR");
    table.row("a", EVIL);
    table.print(out);
    MovingLine line = new MovingLine(out);
    line.print(out, EVIL);
    line.show(EVIL);

    assertThat(text.toString().lines())
        .containsExactly("PEER  LAST ERROR", "a     " + SEEN, SEEN, SEEN);
  }

  private record NamedFile(String name) {}

  @Test
  void json_ofEvilNames_isHarmless_andSaysTheSame() {
    String json = ControlJson.line(new NamedFile(EVIL));
    assertThat(Printable.line(json)).isEqualTo(json);
    assertThat(json)
        .isEqualToIgnoringCase(
            "{\"name\":\"evil\\u001b[2J\\r\\n\\u202eroot#\\u2028\\u0085\\u2066\"}");
  }

  @Test
  void lines_ofEvilText_areOne() {
    StringWriter text = new StringWriter();
    Printable.lines(new PrintWriter(text)).println(EVIL);
    assertThat(text.toString()).isEqualTo(SEEN + "\n");
  }
}
