package org.realize.nima.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TomlOutlineTest {

  private static final String TEXT =
      """
      # a comment with [brackets] and = signs
      title = "x = 1 # no comment"
      [node] # after a header
      name = 'a#b'
      text = \"""
      [[peer]]
      name = "not a key"
      quote \\\""\" here \"""\"
      list = [ # in a list
        "]", '[', # more
        { a = 1,
          b = 2 },
      ]
      "quoted.key" = 1
      dotted . key = 2

      [[peer]]
      name = "p0"
      [peer.limit]
      up = 1
      [[peer]]
      limit = { up = 2 }
      """;

  private final TomlOutline outline = TomlOutline.of(TEXT);

  @Test
  void line_keysInAndBelowTables_areFound() {
    assertThat(outline.line(List.of("title"))).isEqualTo(2);
    assertThat(outline.line(List.of("node"))).isEqualTo(3);
    assertThat(outline.line(List.of("node", "name"))).isEqualTo(4);
    assertThat(outline.line(List.of("node", "list"))).isEqualTo(9);
    assertThat(outline.line(List.of("node", "quoted.key"))).isEqualTo(14);
    assertThat(outline.line(List.of("node", "dotted", "key"))).isEqualTo(15);
    assertThat(outline.line(List.of("node", "dotted"))).isEqualTo(15);
    assertThat(outline.line(List.of("peer", 0))).isEqualTo(17);
    assertThat(outline.line(List.of("peer", 0, "name"))).isEqualTo(18);
    assertThat(outline.line(List.of("peer", 0, "limit", "up"))).isEqualTo(20);
    assertThat(outline.line(List.of("peer", 1))).isEqualTo(21);
    assertThat(outline.line(List.of("peer", 1, "limit", "up"))).isEqualTo(22);
  }

  @Test
  void line_keyInsideInlineTable_isItsOwnLine() {
    assertThat(outline.line(List.of("node", "list", "b"))).isEqualTo(12);
  }

  @Test
  void line_unknownPath_isThatOfWhatIsAround() {
    assertThat(outline.line(List.of("peer", 1, "absent"))).isEqualTo(21);
    assertThat(outline.line(List.of("absent"))).isEqualTo(1);
  }

  @Test
  void blocks_stringWithHeader_isNoBlock() {
    assertThat(outline.blocks())
        .containsExactly(
            new TomlOutline.Block(List.of("node"), 3, 17),
            new TomlOutline.Block(List.of("peer", 0), 17, 19),
            new TomlOutline.Block(List.of("peer", 0, "limit"), 19, 21),
            new TomlOutline.Block(List.of("peer", 1), 21, 23));
  }

  @Test
  void of_unfinishedText_ends() {
    for (int length = 0; length < TEXT.length(); length++) {
      assertThat(TomlOutline.of(TEXT.substring(0, length)).line(List.of("peer", 1)))
          .isBetween(1, 22);
    }
  }
}
