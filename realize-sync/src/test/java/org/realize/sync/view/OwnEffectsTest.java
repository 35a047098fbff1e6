package org.realize.sync.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

class OwnEffectsTest {

  private static final RelativePath PATH = RelativePath.of("d");
  private static final RelativePath OTHER = RelativePath.of("e");
  private static final FileStat FOLDER =
      new FileStat(FileStat.Kind.DIRECTORY, 1, 0755, FileTime.EPOCH, 1, 7, 1, 1, 3, 1);

  private final List<String> told = new ArrayList<>();
  private final OwnEffects own = new OwnEffects(new Rules());

  /** The index, which notes what it is asked to look at. */
  private final class Rules implements RootRules {
    @Override
    public boolean isBegun() {
      return true;
    }

    @Override
    public void begin() {}

    @Override
    public boolean isDoubtful(RelativePath path) {
      return false;
    }

    @Override
    public boolean ignores(RelativePath path) {
      return false;
    }

    @Override
    public void opened(RelativePath path) {}

    @Override
    public void changed(RelativePath path) {
      told.add("changed " + path);
    }

    @Override
    public void removed(RelativePath path) {
      told.add("removed " + path);
    }
  }

  @Test
  void changeThatIsFoundWhileACallIsUnderWay_isItsOwn_andNoOther() {
    try (OwnEffects.OwnCall _ = own.begin(PATH)) {
      assertThat(own.isUnderWay(PATH)).isTrue();
      assertThat(own.isUnderWay(OTHER)).isFalse();
      own.left(PATH, FOLDER);
      assertThat(own.isUnderWay(PATH)).isTrue();
    }
    assertThat(own.isUnderWay(PATH)).isFalse();
    assertThat(own.isOwn(PATH, FOLDER)).isTrue();
    assertThat(told).containsExactly("changed d");
  }

  @Test
  void changeThatIsFoundDuringACallThatFails_isLookedAt() {
    try (OwnEffects.OwnCall _ = own.begin(PATH, OTHER)) {
      assertThat(own.isUnderWay(OTHER)).isTrue();
    }
    assertThat(told).containsExactly("changed e");
  }

  @Test
  void twoCallsAtOnePath_endEachByItself() {
    OwnEffects.OwnCall first = own.begin(PATH);
    OwnEffects.OwnCall second = own.begin(PATH);
    first.close();
    assertThat(own.isUnderWay(PATH)).isTrue();
    own.left(PATH, null);
    second.close();
    assertThat(own.isUnderWay(PATH)).isFalse();
    assertThat(told).containsExactly("removed d");
  }
}
