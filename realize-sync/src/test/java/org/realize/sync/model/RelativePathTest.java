package org.realize.sync.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelativePathTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a/b",
        "a:b\\c",
        "...",
        ".hidden/..x",
        "ü/é",
        "a b",
        "\n",
        "😀",
        "-rf",
        "a/ /b"
      })
  void of_validPath_keepsItAsItIs(String text) {
    assertThat(RelativePath.of(text).toString()).isEqualTo(text);
    assertThat(RelativePath.of(text)).isEqualTo(RelativePath.of(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/..",
        "../a",
        "a/./b",
        "a\0b",
        "\ud800",
        "a\udc00b"
      })
  void of_pathThatBreaksARule_isRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> RelativePath.of(text));
  }

  @Test
  void of_partOf255Bytes_isAllowed_of256_isNot() {
    RelativePath.of("é".repeat(127) + "a");
    assertThatIllegalArgumentException().isThrownBy(() -> RelativePath.of("é".repeat(128)));
  }

  @Test
  void of_pathOf4096Bytes_isAllowed_of4097_isNot() {
    String parts = "x".repeat(255) + "/";
    String longest = parts.repeat(16);
    RelativePath.of(longest.substring(0, 4095));
    assertThatIllegalArgumentException().isThrownBy(() -> RelativePath.of(longest + "y".repeat(1)));
  }

  @Test
  void parent_walksUpToTheRoot() {
    RelativePath path = RelativePath.of("a/b/c");
    assertThat(path.name()).isEqualTo("c");
    assertThat(path.parent()).contains(RelativePath.of("a/b"));
    assertThat(RelativePath.of("a").parent()).contains(RelativePath.ROOT);
    assertThat(RelativePath.ROOT.parent()).isEmpty();
    assertThat(path.parts()).isEqualTo(List.of("a", "b", "c"));
    assertThat(RelativePath.ROOT.parts()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/b", "a\0"})
  void child_nameThatIsNoPart_isRefused(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> RelativePath.ROOT.child(name));
  }

  @Test
  void contains_itselfAndWhatIsBelow_notItsNeighbours() {
    RelativePath a = RelativePath.of("a");
    assertThat(a.contains(a)).isTrue();
    assertThat(a.contains(RelativePath.of("a/b"))).isTrue();
    assertThat(a.contains(RelativePath.of("ab"))).isFalse();
    assertThat(RelativePath.of("a/b").contains(a)).isFalse();
    assertThat(RelativePath.ROOT.contains(a)).isTrue();
  }
}
