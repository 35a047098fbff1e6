package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.MarkOrder;
import org.realize.nima.control.MarkOrder.MarkAction;
import org.realize.nima.control.MarkStatus;
import org.realize.sync.arena.PathMarks;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.RootIndex;
import org.realize.sync.testing.ArenaRig;

class ArenaMarksTest {

  private final ArenaRig rig = new ArenaRig();
  private final List<RelativePath> requested = new ArrayList<>();
  private final RootIndex index =
      new RootIndex() {
        @Override
        public void check(RelativePath path) {}

        @Override
        public boolean ignores(RelativePath path) {
          return path.name().endsWith(".tmp");
        }

        @Override
        public void request(RelativePath path) {
          requested.add(path);
        }
      };
  private final ArenaMarks marks = new ArenaMarks(rig.arena(), new PathMarks(rig.arena(), index));

  private List<String> run(MarkAction action, @Nullable Mark mark, String... names)
      throws RealizeException {
    Collection<RelativePath> paths = Stream.of(names).map(RelativePath::of).toList();
    marks.check(action, paths);
    return marks.run(new MarkOrder(action, mark, List.of()), paths).stream()
        .map(ArenaMarksTest::text)
        .toList();
  }

  private static String text(MarkStatus status) {
    return status.path() + "=" + status.mark() + (status.inherited() ? " inherited" : "");
  }

  @Test
  void set_pathsThatDoNotExist_holdForAllBelow() throws Exception {
    assertThat(run(MarkAction.SET, Mark.KEEP, "d", "e")).containsExactly("d=keep", "e=keep");
    assertThat(run(MarkAction.SET, Mark.OWN, "d/own")).containsExactly("d/own=own");

    assertThat(run(MarkAction.GET, null, "d/x", "d/own/x", "f", ""))
        .containsExactly(
            "d/x=keep inherited", "d/own/x=own inherited", "f=watch inherited", "=watch inherited");
    assertThat(run(MarkAction.GET, null)).containsExactly("d=keep", "d/own=own", "e=keep");
  }

  @Test
  void set_morePathsThanMayHaveMarks_isRefusedWhole() throws Exception {
    String[] most =
        IntStream.range(0, PathMarks.MAX_MARKS).mapToObj(n -> "p" + n).toArray(String[]::new);
    run(MarkAction.SET, Mark.KEEP, most);

    assertThat(run(MarkAction.SET, Mark.OWN, "p7")).containsExactly("p7=own");
    assertThatThrownBy(() -> run(MarkAction.SET, Mark.OWN, "p8", "more"))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("at most 2,000 paths may have marks of their own");
    assertThat(run(MarkAction.GET, null, "p8")).containsExactly("p8=keep");
  }

  @Test
  void set_wholeArena_overrulesItsConfiguredMark() throws Exception {
    run(MarkAction.SET, Mark.KEEP, "");

    assertThat(run(MarkAction.GET, null, "", "a")).containsExactly("=keep", "a=keep inherited");
  }

  @Test
  void clear_marked_inheritsAgain() throws Exception {
    run(MarkAction.SET, Mark.KEEP, "d");

    assertThat(run(MarkAction.CLEAR, null, "d")).containsExactly("d=watch inherited");
    assertThat(run(MarkAction.GET, null)).isEmpty();
  }

  @Test
  void clear_onePathHasNoMark_isRefusedBeforeAnyIsCleared() throws Exception {
    run(MarkAction.SET, Mark.KEEP, "d");

    assertThatThrownBy(() -> run(MarkAction.CLEAR, null, "d", "d/x"))
        .isInstanceOf(NotFound.class)
        .hasMessage("clear mark of 'd/x' in photos: it has none of its own, it inherits keep");
    assertThat(run(MarkAction.GET, null)).containsExactly("d=keep");
  }

  @Test
  void set_reservedName_isRefused() {
    assertThatThrownBy(() -> run(MarkAction.SET, Mark.OWN, "d/.realize/trash"))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("set mark of 'd/.realize/trash': '.realize' is reserved");
  }

  @Test
  void set_ignoredName_hasItIndexed_otherNamesNot() throws Exception {
    run(MarkAction.SET, Mark.OWN, "a.tmp", "b");
    run(MarkAction.CLEAR, null, "a.tmp");

    assertThat(requested).containsExactly(RelativePath.of("a.tmp"));
  }
}
