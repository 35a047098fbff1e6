package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.ArenaPhase;
import org.realize.nima.control.ArenaPhase.PhaseKind;
import org.realize.sync.port.Finding.FindingKind;

/** Each message of {@code status} and {@code doctor} has an anchor in docs/troubleshooting.md. */
class TroubleshootingTest {

  private static final Path PAGE = Path.of("../docs/troubleshooting.md");
  private static final Path SOURCES = Path.of("src/main/java/org/realize/nima/cli");
  private static final Pattern PRINTED =
      Pattern.compile("(?:line\\(\\s*out,|println\\(|open\\.add\\()\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern SUBJECT =
      Pattern.compile("(?:\\b(?:ok|warn|wrong|room|mode|free)\\(|subject = )\\s*\"([a-z]+) ?\"");

  /** The words of the headings below that of {@code part}. */
  private static List<String> words(String part) throws IOException {
    String page = Files.readString(PAGE);
    return Arrays.stream(page.split("\n## "))
        .filter(section -> section.startsWith(part))
        .flatMap(String::lines)
        .filter(line -> line.startsWith("### "))
        .flatMap(line -> Arrays.stream(line.substring(4).split(", ")))
        .toList();
  }

  private static List<String> found(Pattern pattern, String type) throws IOException {
    return pattern
        .matcher(Files.readString(SOURCES.resolve(type + ".java")))
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  @Test
  void status_eachMessage_hasAnAnchor() throws Exception {
    List<String> words = words("Status");
    List<String> printed = found(PRINTED, "StatusReport");
    assertThat(printed).hasSizeGreaterThan(15);
    for (String text : printed) {
      String plain = text.replaceAll("%s( files)?|[:,%]", "").replaceAll(" +", " ").strip();
      if (!plain.isEmpty()) {
        assertThat(words).as("'%s' of the status", text).anyMatch(plain::startsWith);
      }
    }
    for (PhaseKind kind : PhaseKind.values()) {
      String text = new ArenaPhase(kind, "nas", 5, 10).words();
      assertThat(words).as(text).anyMatch(text::startsWith);
    }
    for (FindingKind kind : FindingKind.values()) {
      assertThat(words).contains(kind.name().toLowerCase(Locale.ROOT));
    }
  }

  @Test
  void doctor_eachSubject_hasAnAnchor() throws Exception {
    assertThat(found(SUBJECT, "Doctor")).hasSizeGreaterThan(15);
    assertThat(words("Doctor"))
        .containsAll(found(SUBJECT, "Doctor"))
        .containsAll(found(SUBJECT, "HostChecks"));
  }
}
