package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.CommitListener.CommittedChanges;
import org.realize.sync.testing.ManualTime;

class SyncQueuesTest {

  private final ManualTime time = new ManualTime();
  private int wakes;
  private final SyncQueues queues = new SyncQueues(time, () -> wakes++);

  @BeforeEach
  void walkOnce() {
    SyncQueues.TreePage page = queues.page().orElseThrow();
    assertThat(page.top()).isEqualTo(RelativePath.ROOT);
    queues.walked(page, Optional.empty());
    assertThat(queues.isWalking()).isFalse();
  }

  private static RelativePath path(String path) {
    return RelativePath.of(path);
  }

  private static List<RelativePath> paths(String... paths) {
    return java.util.Arrays.stream(paths).map(RelativePath::of).toList();
  }

  private static void overfill(Consumer<RelativePath> queue) {
    for (int i = 0; i <= SyncQueues.MAX_PATHS; i++) {
      queue.accept(path("f" + i));
    }
  }

  @Test
  void committed_pathsAndMarks_wakeAndAreTaken_otherChangesDoNot() {
    queues.committed(new CommittedChanges(1, List.of(), Set.of(), Set.of()));
    assertThat(wakes).isZero();
    queues.committed(new CommittedChanges(1, List.of(), Set.of(path("b"), path("a")), Set.of()));
    assertThat(wakes).isPositive();
    assertThat(queues.takeDirty(9)).isEqualTo(paths("a", "b"));
    queues.committed(new CommittedChanges(1, List.of(), Set.of(), Set.of(path("d"))));
    assertThat(queues.page()).contains(new SyncQueues.TreePage(path("d"), path("d")));
  }

  @Test
  void chosenAtWork_manyPaths_areChosenEvenlyOfAllQueues() {
    for (int i = 100; i < 1_000; i++) {
      queues.add(paths("f" + i));
    }
    for (int i = 0; i < 100; i++) {
      queues.addLarge(path("large" + i));
    }
    List<RelativePath> taken = queues.takeDirty(300);

    SyncQueues.AtWork few = queues.chosenAtWork(100);
    assertThat(few.count()).isEqualTo(1_000);
    assertThat(few.isAll()).isFalse();
    assertThat(few.chosen()).hasSize(100);
    assertThat(few.chosen().stream().filter(taken::contains)).hasSize(30);
    assertThat(few.chosen().stream().filter(path -> path.name().startsWith("l"))).hasSize(10);

    SyncQueues.AtWork all = queues.chosenAtWork(1_000);
    assertThat(all.isAll()).isTrue();
    assertThat(all.chosen()).hasSize(1_000);
  }

  @Test
  void takeDirty_inParts_goesRoundInPathOrder() {
    queues.add(paths("a", "b", "c"));
    assertThat(queues.takeDirty(2)).isEqualTo(paths("a", "b"));
    queues.add(paths("a", "d"));
    assertThat(queues.takeDirty(2)).isEqualTo(paths("c", "d"));
    assertThat(queues.takeDirty(2)).isEqualTo(paths("a"));
    assertThat(queues.takeDirty(2)).isEmpty();
  }

  @Test
  void walk_goesOnWhereItWas_andOneThatWasAskedForMeanwhileFollows() {
    queues.walkAgain();
    SyncQueues.TreePage first = queues.page().orElseThrow();
    queues.walked(first, Optional.of(path("m")));
    queues.walkAgain();
    assertThat(queues.page()).contains(new SyncQueues.TreePage(RelativePath.ROOT, path("m")));
    queues.walked(first, Optional.empty());
    assertThat(queues.page()).contains(first);
  }

  @Test
  void add_moreThanTheBound_isForgottenForAWalk() {
    List<RelativePath> many = new ArrayList<>();
    overfill(many::add);
    queues.add(many);
    assertThat(queues.takeDirty(1)).isEmpty();
    assertThat(queues.isWalking()).isTrue();
  }

  @Test
  void addLarge_moreThanTheBound_walksOnceThatIsDone() {
    overfill(queues::addLarge);
    assertThat(queues.page()).isEmpty();
    for (int i = 0; i < SyncQueues.MAX_PATHS; i++) {
      assertThat(queues.takeLarge()).hasSize(1);
    }
    assertThat(queues.takeLarge()).isEmpty();
    assertThat(queues.page()).isPresent();
  }

  @Test
  void await_moreThanTheBound_walksWhenAPeerConnects_orAfterAnHour() {
    overfill(queues::await);
    queues.retryDue();
    assertThat(queues.page()).isEmpty();
    queues.connected(List.of());
    queues.retryDue();
    assertThat(queues.page()).isPresent();
    queues.walked(queues.page().orElseThrow(), Optional.empty());

    overfill(queues::await);
    time.advance(Duration.ofHours(1));
    queues.retryDue();
    assertThat(queues.page()).isPresent();
  }

  @Test
  void retry_waitsTwiceAsLongEachTime_upToAnHour() {
    RelativePath path = path("a");
    Duration expected = Duration.ofSeconds(15);
    for (int i = 0; i < 12; i++) {
      queues.retry(path);
      assertThat(queues.retryDue()).contains(expected);
      assertThat(queues.takeDirty(9)).isEmpty();
      assertThat(queues.isRetriedLater(path)).isEqualTo(i > 0);
      time.advance(expected);
      assertThat(queues.retryDue()).isEmpty();
      assertThat(queues.takeDirty(9)).containsExactly(path);
      expected = expected.multipliedBy(2);
      expected = expected.compareTo(Duration.ofHours(1)) < 0 ? expected : Duration.ofHours(1);
    }
    queues.settle(path);
    queues.retry(path);
    assertThat(queues.retryDue()).contains(Duration.ofSeconds(15));
  }

  @Test
  void last_waitsUntilNothingCameForASecond_tenAtMost_childrenFirst() {
    queues.addLast(path("b"));
    assertThat(queues.untilSettled()).isEqualTo(Duration.ofSeconds(1));
    time.advance(Duration.ofSeconds(1));
    assertThat(queues.untilSettled()).isZero();
    assertThat(queues.takeLast(9)).containsExactly(path("b"));
    for (int i = 0; i < 11; i++) {
      queues.addLast(path(i == 0 ? "a" : "a/" + i));
      assertThat(queues.untilSettled()).isPositive();
      time.advance(Duration.ofMillis(950));
    }
    assertThat(queues.untilSettled()).isZero();
    assertThat(queues.takeLast(1)).containsExactly(path("a/9"));
    assertThat(queues.takeLast(99)).hasSize(10).endsWith(path("a"));
  }

  @Test
  void adopt_orphansBelowTheDirectoryOnly_areDirty() {
    for (String path : List.of("a/b", "a/b/c", "a!", "ab/c", "c")) {
      queues.addOrphan(path(path));
    }
    queues.adopt(path("a"));
    assertThat(queues.takeDirty(9)).isEqualTo(paths("a/b", "a/b/c"));
    queues.adopt(path("ab"));
    assertThat(queues.takeDirty(9)).isEqualTo(paths("ab/c"));
  }
}
