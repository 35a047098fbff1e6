package org.realize.chaos.process;

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
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real file whose bits turn on the disk: real daemons, and a file that changes without its times.
 * That is done through a mapping: a page that is dirty already is written without the file system
 * hearing of it. Only where pages are never written back, in memory, it stays so.
 */
@Timeout(300)
class BitRotIT {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int SIZE = 3 << 20;
  private static final long TURNED = (1 << 20) + 77;

  @TempDir private Path base;
  private Path memory;

  @BeforeEach
  void makeRoot() throws IOException {
    memory = Files.createTempDirectory(Path.of("/dev/shm"), "realize-test-");
    assertThat(Files.getFileStore(memory).type()).isEqualTo("tmpfs");
  }

  @AfterEach
  void removeRoot() throws IOException {
    try (Stream<Path> all = Files.walk(memory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Test
  void verify_bitsOfARealFileTurned_repairsItFromAPeer() throws Exception {
    byte[] right = new byte[SIZE];
    new Random(5).nextBytes(right);
    Path file = memory.resolve("film");
    try (Household household = new Household(base)) {
      Node nas = household.listening("nas");
      Node desk = household.deaf("desk");
      household.introduce(desk, nas);
      Files.write(household.root("nas").resolve("film"), right);
      nas.realize("arena", "add", "docs", "--root", household.root("nas").toString());
      Files.write(file, right);
      try (Arena mapping = Arena.ofShared();
          FileChannel channel =
              FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        MemorySegment mapped = channel.map(MapMode.READ_WRITE, 0, SIZE, mapping);
        mapped.set(ValueLayout.JAVA_BYTE, TURNED, right[(int) TURNED]);
        FileTime before = Files.getLastModifiedTime(file);
        // times near the hashing would not prove that the file is the hashed one
        await().until(() -> System.currentTimeMillis() > before.toMillis() + 3_000);
        dashboard(desk);
        desk.realize("arena", "add", "docs", "--root", memory.toString());
        household.startAll();
        await().atMost(SOON).until(() -> desk.arena("docs").localFiles() == 1);
        await().atMost(SOON).until(() -> nas.arena("docs").localFiles() == 1);
        assertThat(desk.realize("verify")).contains("sound docs/film");

        mapped.set(ValueLayout.JAVA_BYTE, TURNED, (byte) (right[(int) TURNED] ^ 1));
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(before);
      }
      FileTime time = Files.getLastModifiedTime(file);
      await().atMost(SOON).until(() -> desk.status().peers().getFirst().connected());
      assertThatThrownBy(() -> desk.realize("verify", "docs/film"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged docs/film")
          .hasMessageContaining("peers' bytes are in their place");

      assertThat(file).hasBinaryContent(right);
      assertThat(Files.getLastModifiedTime(file)).isEqualTo(time);
      assertThat(trashed())
          .singleElement()
          .satisfies(old -> {
            byte[] wrong = Files.readAllBytes(old);
            assertThat(Arrays.mismatch(wrong, right)).isEqualTo((int) TURNED);
          });
      await()
          .atMost(SOON)
          .until(() -> desk.realize("verify", "docs/film").contains("sound docs/film"));
      assertThat(desk.arena("docs").counts().failed()).isZero();
      assertThat(Files.readString(desk.directory().resolve("state/audit.log")))
          .contains("arena docs: 'docs/film': 131,072 of 3,145,728 bytes had changed");
      assertThat(metrics(desk)).contains("realize_wrong_bytes_total{arena=\"docs\"} 131072.0");
    }
  }

  private List<Path> trashed() throws IOException {
    try (Stream<Path> all = Files.walk(memory.resolve(".realize/trash"))) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static void dashboard(Node node) throws IOException {
    Path file = node.directory().resolve("realize.toml");
    String text = Files.readString(file);
    Files.writeString(file, text.replace("[node]\n", "[node]\ndashboard = \"127.0.0.1:0\"\n"));
  }

  private static String metrics(Node node) throws IOException, InterruptedException {
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
