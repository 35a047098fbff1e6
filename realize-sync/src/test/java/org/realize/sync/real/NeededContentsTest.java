package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.testing.PathStates;

class NeededContentsTest {

  private static final Content FILE = PathStates.file(1);

  private final NeededContents needed = new NeededContents();

  /** A name that shows the content, which no peer has. */
  private static PathState unheld(String path) {
    return PathStates.showing(path, FILE, 0).withReports(Map.of());
  }

  private List<RelativePath> names() {
    return needed.of(PathStates.hash(1));
  }

  @Test
  void nameWithoutBytes_needsItsContent_untilItsStateSaysOtherwise() {
    needed.note(unheld("a"), false);
    needed.note(unheld("b"), false);
    assertThat(names()).containsExactly(RelativePath.of("a"), RelativePath.of("b"));
    needed.note(PathStates.showing("a", FILE, 0), false);
    assertThat(names()).containsExactly(RelativePath.of("b"));
    needed.note(PathStates.showing("b", PathStates.file(2), 0).withReports(Map.of()), false);
    assertThat(names()).isEmpty();
    assertThat(needed.of(PathStates.hash(2))).containsExactly(RelativePath.of("b"));
  }

  @Test
  void nameWithItsOwnFile_orABlob_orWithoutContent_needsNothing() {
    FileStat stat = new FileStat(FileStat.Kind.FILE, 1, 0644, FileTime.EPOCH, 1, 7, 1, 1, 3, 1);
    Version real = Version.of(FILE, VersionVector.of(Map.of(PathStates.ONE, 1L)));
    needed.note(unheld("a").withReal(new RealVersion(real, stat, 0)), false);
    needed.note(unheld("b"), true);
    needed.note(PathStates.showing("c", new Content.Absent(), 0).withReports(Map.of()), false);
    assertThat(names()).isEmpty();
  }
}
