package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.control.PeerStatus;
import org.realize.sync.model.RealizeException;

/** {@code realize move} between real daemons with their watchers. Needs root and /dev/fuse. */
class MoveIT {

  private static final Duration SOON = Duration.ofSeconds(90);
  private static final long SEED = Long.getLong("realize.seed", 20_261_125);

  @TempDir private Path base;

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  /** Files of all sizes, by path. */
  private static Map<String, byte[]> makeFiles(Path root, int count, int largeBytes)
      throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      files.put("d" + i % 7 + "/f:" + i, random(i * 41, SEED + i));
    }
    files.put("large", random(largeBytes, SEED - 1));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = root.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    return files;
  }

  private static void awaitLocal(NodeProcess node, long files) {
    await(node.name() + " has indexed " + files)
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> node.arena("docs").localFiles() == files);
  }

  private static boolean has(Path root, String path, byte[] content) throws IOException {
    try {
      return Arrays.equals(Files.readAllBytes(root.resolve(path)), content);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static void requireNothingLeft(Path root) throws IOException {
    Path directory = root.resolve(".realize/partial");
    if (Files.exists(directory)) {
      try (var left = Files.walk(directory)) {
        assertThat(left.filter(Files::isRegularFile)).isEmpty();
      }
    }
  }

  private static boolean isInTrash(Path root, String path, byte[] content) throws IOException {
    Path trash = root.resolve(".realize/trash");
    if (!Files.exists(trash)) {
      return false;
    }
    try (var places = Files.list(trash)) {
      for (Path place : places.filter(Files::isDirectory).toList()) {
        if (has(place, path, content)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void move_withAThirdOwner_isADropThatNobodyFollows() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.listening("desktop");
      NodeProcess attic = household.deaf("attic");
      Map<String, byte[]> files = makeFiles(household.root("nas"), 60, 3_000_000);
      makeFiles(household.root("attic"), 60, 3_000_000);
      Files.writeString(household.root("nas").resolve("differs"), "of the nas");
      Files.writeString(household.root("desktop").resolve("differs"), "of the desktop");
      for (NodeProcess node : List.of(nas, desktop, attic)) {
        takePart(household, node);
      }
      household.introduce(nas, desktop, "docs");
      household.introduce(attic, nas);
      household.introduce(attic, desktop);
      household.startAll();
      awaitLocal(nas, 62);
      awaitLocal(desktop, 1);
      awaitLocal(attic, 61);
      await()
          .atMost(SOON)
          .until(() -> nas.status().peers().stream().allMatch(PeerStatus::connected));

      assertThatThrownBy(() -> nas.realize("move", "nas", "desktop", "docs"))
          .hasMessageContaining("exited 1")
          .hasMessageContaining("docs/differs")
          .hasMessageContaining("a different file is at desktop");

      awaitLocal(nas, 1);
      awaitLocal(desktop, 62);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        String path = file.getKey();
        assertThat(household.root("nas").resolve(path)).doesNotExist();
        assertThat(isInTrash(household.root("nas"), path, file.getValue())).as(path).isTrue();
        assertThat(has(household.root("desktop"), path, file.getValue())).as(path).isTrue();
        assertThat(has(household.root("attic"), path, file.getValue())).as(path).isTrue();
        for (String viewer : List.of("nas", "desktop", "attic")) {
          Path shown = household.mount(viewer).resolve("docs");
          assertThat(has(shown, path, file.getValue())).as(viewer + ": " + path).isTrue();
        }
      }
      assertThat(household.root("nas").resolve("differs")).hasContent("of the nas");
      assertThat(household.root("desktop").resolve("differs")).hasContent("of the desktop");
      awaitLocal(attic, 61);
      requireNothingLeft(household.root("nas"));
      requireNothingLeft(household.root("desktop"));
    }
  }

  @Test
  void move_killedAgainAndAgain_losesNothingAndIsFinishedByTheNext() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.listening("desktop");
      Path from = household.root("nas");
      Path to = household.root("desktop");
      Map<String, byte[]> files = makeFiles(from, 300, 40_000_000);
      for (NodeProcess node : List.of(nas, desktop)) {
        takePart(household, node);
      }
      household.introduce(nas, desktop, "docs");
      household.startAll();
      awaitLocal(nas, 301);
      for (int stop = 0; stop < 6; stop++) {
        Process command = nas.begin("move", "nas", "desktop", "docs");
        boolean ended = command.waitFor(random.nextInt(700, 2_500), TimeUnit.MILLISECONDS);
        switch (stop % 3) {
          case 0 -> {
            desktop.kill();
            command.destroyForcibly(); // else it tries again until the desktop is back
          }
          case 1 -> nas.kill();
          default -> command.destroy();
        }
        assertThat(command.waitFor(60, TimeUnit.SECONDS) || ended).isTrue();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
          String path = file.getKey();
          assertThat(
                  has(from, path, file.getValue())
                      || isInTrash(from, path, file.getValue())
                      || has(to, path, file.getValue()))
              .as("%s after stop %d, seed %d", path, stop, SEED)
              .isTrue();
        }
        for (NodeProcess node : List.of(nas, desktop)) {
          if (!node.running()) {
            node.start();
          }
        }
        await().atMost(SOON).until(() -> nas.status().peers().getFirst().connected());
      }
      await()
          .atMost(SOON)
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(() -> {
            nas.realize("move", "nas", "desktop", "docs", "--parallel", "8");
            return nas.arena("docs").localFiles() == 0;
          });
      awaitLocal(desktop, 301);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        assertThat(has(to, file.getKey(), file.getValue())).as(file.getKey()).isTrue();
        assertThat(from.resolve(file.getKey())).doesNotExist();
      }
      requireNothingLeft(from);
      requireNothingLeft(to);
      Path shown = household.mount("nas").resolve("docs");
      assertThat(has(shown, "large", Objects.requireNonNull(files.get("large")))).isTrue();
    }
  }

  /** What has no bytes moves too, and the next look of an index takes nothing for a change. */
  @Test
  void move_linksAndDirectories_arriveWithModesAndTimes() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.listening("desktop");
      Path from = household.root("nas");
      Path to = household.root("desktop");
      FileTime old = FileTime.from(Instant.ofEpochSecond(1_000_000_000, 123_456_789));
      for (String directory : List.of("empty/deep", "sealed", "\u00fcbung \u4e2d\u6587")) {
        Files.createDirectories(from.resolve(directory));
      }
      Files.writeString(from.resolve("\u00fcbung \u4e2d\u6587/n\u00e4me"), "composed");
      Files.writeString(from.resolve("sealed/f"), "sealed");
      Files.createSymbolicLink(from.resolve("sealed/dangling"), Path.of("../no\u00e9/where"));
      Files.createSymbolicLink(from.resolve("empty-link"), Path.of("empty"));
      for (String directory : List.of("empty/deep", "empty", "sealed")) {
        Files.setLastModifiedTime(from.resolve(directory), old);
      }
      mode(from.resolve("sealed"), "r-xr-x---");
      mode(from.resolve("empty/deep"), "-wx------");
      for (NodeProcess node : List.of(nas, desktop)) {
        takePart(household, node);
      }
      household.introduce(nas, desktop, "docs");
      household.startAll();
      awaitLocal(nas, 2);
      await().atMost(SOON).until(() -> nas.status().peers().getFirst().connected());

      nas.realize("move", "nas", "desktop", "docs");

      awaitLocal(desktop, 2);
      try (var left = Files.list(from)) {
        assertThat(left)
            .extracting(path -> path.getFileName().toString())
            .containsExactly(".realize");
      }
      assertThat(to.resolve("\u00fcbung \u4e2d\u6587/n\u00e4me")).hasContent("composed");
      assertThat(Files.readSymbolicLink(to.resolve("sealed/dangling")).toString())
          .isEqualTo("../no\u00e9/where");
      assertThat(Files.readSymbolicLink(to.resolve("empty-link")).toString()).isEqualTo("empty");
      assertThat(mode(to.resolve("sealed"))).isEqualTo("r-xr-x---");
      assertThat(mode(to.resolve("empty/deep"))).isEqualTo("-wx------");
      for (String directory : List.of("empty/deep", "empty", "sealed")) {
        assertThat(Files.getLastModifiedTime(to.resolve(directory))).as(directory).isEqualTo(old);
      }
      requireNothingLeft(to);
      Path shown = household.mount("nas").resolve("docs");
      assertThat(shown.resolve("empty/deep")).isDirectory();
      assertThat(shown.resolve("sealed/f")).hasContent("sealed");
    }
  }

  /**
   * The nas keeps no file for good, so what is moved from it does not come back; the others make
   * nothing real by themselves.
   */
  private static void takePart(Household household, NodeProcess node)
      throws IOException, RealizeException {
    String mark = node.name().equals("nas") ? "watch" : "keep";
    Path root = household.root(node.name());
    household.share(node, "docs", Optional.of(root), "mark = \"" + mark + "\"");
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
