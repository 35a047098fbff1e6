package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;

/**
 * Three real daemons that own an arena, and one of them loses all its files, one way or another.
 */
@Timeout(300)
class GuardIT {

  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path base;

  private Household household;
  private NodeProcess nas;
  private NodeProcess desktop;
  private NodeProcess laptop;
  private Map<String, String> before;

  @BeforeEach
  void start() throws Exception {
    household = new Household(base);
    nas = household.listening("nas");
    desktop = household.listening("desktop");
    laptop = household.deaf("laptop");
    household.introduce(desktop, nas);
    household.introduce(laptop, nas);
    household.introduce(laptop, desktop);
    for (NodeProcess node : List.of(nas, desktop, laptop)) {
      Optional<Path> root = Optional.of(household.root(node.name()));
      household.share(node, "docs", root, Household.QUICK);
    }
    Path root = household.root("laptop");
    Files.createDirectory(root.resolve("a"));
    Files.writeString(root.resolve("a/first"), "content");
    byte[] large = new byte[3_000_000];
    new Random(1).nextBytes(large);
    Files.write(root.resolve("large"), large);
    Files.writeString(root.resolve("last"), "content of the last");
    household.startAll();
    before = Trees.describe(root);
    awaitTree(household.root("nas"), before);
    awaitTree(household.root("desktop"), before);
  }

  @AfterEach
  void close() throws Exception {
    household.close();
  }

  private static void awaitTree(Path root, Map<String, String> tree) {
    await(root + " has the files")
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> assertThat(Trees.describe(root)).isEqualTo(tree));
  }

  private static void awaitHeld(NodeProcess node, int paths) {
    await(paths + " held").atMost(SOON).until(() -> node.arena("docs").counts().held() == paths);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  /** Some files go at first, and are gone on all; with the rest they are back on all others. */
  @Test
  void everythingRemoved_comesBackOnTheOthers_andOneRejectionIsEnough() throws Exception {
    Path root = household.root("laptop");
    delete(root.resolve("a"));
    Files.delete(root.resolve("large"));
    Map<String, String> last = Trees.describe(root);
    awaitTree(household.root("nas"), last);
    awaitTree(household.root("desktop"), last);

    Files.delete(root.resolve("last"));

    awaitHeld(nas, 3);
    awaitTree(household.root("nas"), before);
    assertThat(nas.realize("status")).contains("arena confirm");
    awaitHeld(desktop, 3);
    awaitTree(household.root("desktop"), before);
    assertThat(Trees.describe(root)).isEmpty();
    nas.kill();
    nas.start();
    awaitHeld(nas, 3);

    confirmWithoutARoot(nas);
    Thread confirmed = Thread.ofPlatform().start(() -> decide(desktop, "confirm"));
    decide(nas, "reject");
    confirmed.join();

    awaitTree(root, before);
    awaitTree(household.root("nas"), before);
    awaitTree(household.root("desktop"), before);
    awaitHeld(nas, 0);
    awaitHeld(desktop, 0);
  }

  /** Where the root cannot be accepted, what is held stays held. */
  private void confirmWithoutARoot(NodeProcess node) throws Exception {
    Path root = household.root(node.name());
    Path aside = root.resolveSibling("aside");
    Files.move(root, aside);
    try {
      assertThatThrownBy(() -> node.commands().confirm(new ArenaName("docs"), RelativePath.ROOT))
          .isInstanceOf(Invalid.class)
          .hasMessageContaining("there is no directory");
      assertThat(node.arena("docs").counts().held()).isEqualTo(3);
    } finally {
      Files.move(aside, root);
    }
    await().atMost(SOON).until(() -> node.arena("docs").counts().paused() == 0);
    assertThat(node.arena("docs").counts().held()).isEqualTo(3);
  }

  private static void decide(NodeProcess node, String decision) {
    try {
      node.realize("arena", decision, "docs");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A root that is gone, or is an empty one, says nothing about its files. */
  @Test
  void rootRemoved_andAnEmptyOneInItsPlace_removesNothing_andConfirmedGetsAllBack()
      throws Exception {
    Path root = household.root("laptop");

    delete(root);
    await().atMost(SOON).until(() -> laptop.arena("docs").counts().paused() > 0);
    assertThat(laptop.realize("status")).contains("there is no directory");
    Files.createDirectory(root);
    laptop.stop();
    laptop.start();
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(laptop.realize("status"))
                .contains("'realize arena confirm docs'")
                .doesNotContain("there is no directory"));
    assertThat(Trees.describe(root)).isEmpty();
    assertThat(Trees.describe(household.root("nas"))).isEqualTo(before);
    assertThat(nas.arena("docs").counts().held()).isZero();

    laptop.realize("arena", "confirm", "docs");

    awaitTree(root, before);
    assertThat(Trees.describe(household.root("nas"))).isEqualTo(before);
    assertThat(Trees.describe(household.root("desktop"))).isEqualTo(before);
  }
}
