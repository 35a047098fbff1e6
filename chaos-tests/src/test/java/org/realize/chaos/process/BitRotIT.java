package org.realize.chaos.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real files that verification finds to be other than indexed, with real daemons: bits that turned
 * on the disk, below a file system in an image, and bytes that a program stored through a mapping
 * without a trace in the file's times. Needs root, loop devices and mkfs.ext4.
 */
@Timeout(300)
class BitRotIT {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int SIZE = 3 << 20;
  private static final int TURNED = (1 << 20) + 77;

  @TempDir private Path base;
  private Path image;
  private Path disk;
  private Path memory;

  @BeforeEach
  void makeRoots() throws Exception {
    memory = Files.createTempDirectory(Path.of("/dev/shm"), "realize-test-");
    image = base.resolve("image");
    disk = Files.createDirectories(base.resolve("disk"));
    run("truncate", "-s", "64M", image.toString());
    run("mkfs.ext4", "-q", "-O", "^has_journal", image.toString());
    run("mount", "-o", "loop", image.toString(), disk.toString());
  }

  @AfterEach
  void removeRoots() throws Exception {
    run("umount", "--lazy", disk.toString());
    try (Stream<Path> all = Files.walk(memory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + ": " + output).isZero();
  }

  /** Turns a bit of the file below its file system, and has the disk read it again. */
  private void turnBit(byte[] right) throws Exception {
    run("sync", "-f", disk.toString());
    byte[] page = Arrays.copyOfRange(right, 1 << 20, (1 << 20) + 4096);
    byte[] all = Files.readAllBytes(image);
    int at = 0;
    while (Arrays.mismatch(all, at, at + page.length, page, 0, page.length) >= 0) {
      at += 1024; // the smallest block of the file system
    }
    try (FileChannel raw = FileChannel.open(image, StandardOpenOption.WRITE)) {
      byte[] turned = {(byte) (right[TURNED] ^ 1)};
      raw.write(ByteBuffer.wrap(turned), at + TURNED - (1L << 20));
    }
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "1");
  }

  private static byte[] film() {
    byte[] right = new byte[SIZE];
    new Random(5).nextBytes(right);
    return right;
  }

  @Test
  void verify_bitsOfARealFileTurned_repairsItFromAPeer() throws Exception {
    byte[] right = film();
    Path file = disk.resolve("film");
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desk = household.deaf("desk");
      household.introduce(desk, nas);
      Files.write(household.root("nas").resolve("film"), right);
      household.share(nas, "docs", Optional.of(household.root("nas")));
      Files.write(file, right);
      FileTime before = Files.getLastModifiedTime(file);
      // times near the hashing would not prove that the file is the hashed one
      await().until(() -> System.currentTimeMillis() > before.toMillis() + 3_000);
      dashboard(desk);
      household.share(desk, "docs", Optional.of(disk));
      household.startAll();
      await().atMost(SOON).until(() -> desk.arena("docs").localFiles() == 1);
      await().atMost(SOON).until(() -> nas.arena("docs").localFiles() == 1);
      assertThat(desk.realize("verify")).contains("sound docs/film");

      turnBit(right);
      assertThat(Files.getLastModifiedTime(file)).isEqualTo(before);
      await().atMost(SOON).until(() -> desk.status().peers().getFirst().connected());
      assertThatThrownBy(() -> desk.realize("verify", "docs/film"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged docs/film")
          .hasMessageContaining("peers' bytes are in their place");

      assertThat(file).hasBinaryContent(right);
      assertThat(Files.getLastModifiedTime(file)).isEqualTo(before);
      assertThat(trashed())
          .singleElement()
          .satisfies(old -> {
            byte[] wrong = Files.readAllBytes(old);
            assertThat(Arrays.mismatch(wrong, right)).isEqualTo(TURNED);
          });
      await()
          .atMost(SOON)
          .until(() -> desk.realize("verify", "docs/film").contains("sound docs/film"));
      assertThat(desk.arena("docs").counts().failed()).isZero();
      assertThat(Files.readString(desk.directory().resolve("state/audit.log")))
          .contains("arena docs: 'film': 131,072 of 3,145,728 bytes had changed");
      assertThat(metrics(desk)).contains("realize_wrong_bytes_total{arena=\"docs\"} 131072.0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "memory"})
  void verify_secondStoreToAMappedPage_isANewVersionThatReachesThePeer(String place)
      throws Exception {
    Path root = place.equals("memory") ? memory : disk;
    byte[] first = film();
    byte[] second = first.clone();
    second[TURNED] ^= 1;
    Path file = root.resolve("film");
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desk = household.deaf("desk");
      household.introduce(desk, nas);
      Files.write(household.root("nas").resolve("film"), first);
      household.share(nas, "docs", Optional.of(household.root("nas")));
      household.share(desk, "docs", Optional.of(root));
      Files.write(file, first);
      try (Arena mapping = Arena.ofShared();
          FileChannel channel =
              FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        MemorySegment mapped = channel.map(MapMode.READ_WRITE, 0, SIZE, mapping);
        mapped.set(ValueLayout.JAVA_BYTE, TURNED, first[TURNED]);
        household.startAll();
        await().atMost(SOON).until(() -> desk.arena("docs").localFiles() == 1);
        await().atMost(SOON).until(() -> nas.arena("docs").localFiles() == 1);
        mapped.set(ValueLayout.JAVA_BYTE, TURNED, second[TURNED]);
        mapped.force();
      }
      await().atMost(SOON).until(() -> desk.status().peers().getFirst().connected());
      desk.realize("verify", "docs/film");

      assertThat(file).hasBinaryContent(second);
      Path shown = household.mount("nas").resolve("docs/film");
      await()
          .atMost(SOON)
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(() -> assertThat(shown).hasBinaryContent(second));
      assertThat(file).hasBinaryContent(second);
      assertThat(desk.arena("docs").counts().failed()).isZero();
    }
  }

  private List<Path> trashed() throws IOException {
    try (Stream<Path> all = Files.walk(disk.resolve(".realize/trash"))) {
      return all.filter(file -> file.endsWith("film")).toList();
    }
  }

  private static void dashboard(NodeProcess node) throws IOException {
    Path file = node.directory().resolve("realize.toml");
    String text = Files.readString(file);
    Files.writeString(file, text.replace("[node]\n", "[node]\ndashboard = \"127.0.0.1:0\"\n"));
  }

  private static String metrics(NodeProcess node) throws IOException, InterruptedException {
    String token = Files.readString(node.directory().resolve("state/dashboard.token")).strip();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + node.status().dashboard() + "/metrics"))
            .header("Authorization", "Bearer " + token)
            .timeout(SOON)
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
  }
}
