package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.realize.sync.model.RelativePath;

class IgnoreRulesTest {

  /** One pattern, one path ({@code dir/} at its end for a directory), and git's answer. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      delimiter = '|',
      value = {
        "foo           | foo           | true",
        "foo           | a/foo         | true",
        "foo           | foobar        | false",
        "foo           | foo/          | true",
        "foo/          | foo           | false",
        "foo/          | foo/          | true",
        "foo/          | a/foo/        | true",
        "/foo          | foo           | true",
        "/foo          | a/foo         | false",
        "a/foo         | a/foo         | true",
        "a/foo         | b/a/foo       | false",
        "a/foo/        | a/foo/        | true",
        "*.o           | x.o           | true",
        "*.o           | a/.o          | true",
        "*.o           | x.oo          | false",
        "/*.o          | a/x.o         | false",
        "a/*           | a/x           | true",
        "a/*           | a/x/y         | false",
        "?.c           | ab.c          | false",
        "?.c           | ä.c           | true",
        "**/foo        | foo           | true",
        "**/foo        | a/b/foo       | true",
        "**/foo/bar    | x/foo/bar     | true",
        "a/**          | a             | false",
        "a/**          | a/            | false",
        "a/**          | a/x/y         | true",
        "a/**/b        | a/b           | true",
        "a/**/b        | a/x/b         | true",
        "a/**/b        | a/x/y/b       | true",
        "a/**/b        | ab            | false",
        "a/**/b/**/c   | a/b/x/b/c     | true",
        "a/**/         | a/x/          | true",
        "a/**/         | a/x           | false",
        "a**b          | axyb          | true",
        "[a-c]x        | bx            | true",
        "[a-c]x        | dx            | false",
        "[!a-c]x       | dx            | true",
        "[^a-c]x       | ax            | false",
        "[]a]          | ]             | true",
        "[]a]          | a             | true",
        "[a-]          | -             | true",
        "[[:digit:]]x  | 7x            | true",
        "[[:digit:]]x  | ax            | false",
        "[[:nope:]]    | a             | false",
        "[\\]]         | ]             | true",
        "[abc          | a             | false",
        "\\#x          | #x            | true",
        "#x            | #x            | false",
        "\\!x          | !x            | true",
        "a\\*          | a*            | true",
        "a\\*          | ab            | false",
        "a\\           | a\\           | false",
        "\\a           | a             | true",
        "a[/]b         | a/b           | false",
      })
  void ignores_onePattern_answersAsGit(String pattern, String path, boolean expected) {
    assertThat(ignored(IgnoreRules.of(List.of(pattern)), path)).isEqualTo(expected);
  }

  @Test
  void ignores_spacesAtTheEnd_doNotCountUnlessEscaped() {
    IgnoreRules plain = IgnoreRules.of(List.of("a  "));
    IgnoreRules escaped = IgnoreRules.of(List.of("a\\  "));
    assertThat(ignored(plain, "a")).isTrue();
    assertThat(ignored(plain, "a  ")).isFalse();
    assertThat(ignored(escaped, "a ")).isTrue();
    assertThat(ignored(escaped, "a")).isFalse();
  }

  @Test
  void ignores_laterNegation_wins_andEarlierDoesNot() {
    IgnoreRules later = IgnoreRules.of(List.of("*.log", "!keep.log"));
    IgnoreRules earlier = IgnoreRules.of(List.of("!keep.log", "*.log"));
    assertThat(ignored(later, "x.log")).isTrue();
    assertThat(ignored(later, "keep.log")).isFalse();
    assertThat(ignored(earlier, "keep.log")).isTrue();
  }

  @Test
  void with_nestedFile_winsOverOuter_andIsRelativeToItsDirectory() {
    IgnoreRules outer = IgnoreRules.of(List.of()).with(RelativePath.ROOT, "*.log\n/only\n");
    IgnoreRules inner = outer.with(RelativePath.of("sub"), "!a.log\r\n/deep/x\n");
    assertThat(ignored(inner, "sub/a.log")).isFalse();
    assertThat(ignored(inner, "sub/b.log")).isTrue();
    assertThat(ignored(inner, "sub/deep/x")).isTrue();
    assertThat(ignored(inner, "sub/only")).isFalse();
    assertThat(ignored(outer, "sub/a.log")).isTrue();
  }

  @Test
  void with_byteOrderMarkAndBlankLines_areNoPatterns() {
    IgnoreRules rules = IgnoreRules.of(List.of()).with(RelativePath.ROOT, "\uFEFFa\n\n   \n#c\n");
    assertThat(ignored(rules, "a")).isTrue();
    assertThat(ignored(rules, "b")).isFalse();
    assertThat(IgnoreRules.of(List.of("", "#", "  ")).isEmpty()).isTrue();
  }

  @Test
  void ignores_manyStars_takesPolynomialTime() {
    IgnoreRules rules = IgnoreRules.of(List.of("*a".repeat(40) + "b", "**/a/".repeat(40) + "b"));
    assertThat(ignored(rules, "a".repeat(250))).isFalse();
    assertThat(ignored(rules, "a/".repeat(500) + "c")).isFalse();
  }

  private static boolean ignored(IgnoreRules rules, String path) {
    boolean directory = path.endsWith("/");
    return rules.ignores(
        RelativePath.of(directory ? path.substring(0, path.length() - 1) : path), directory);
  }
}
