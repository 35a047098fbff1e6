package org.realize.nima.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

class ControlTest {

  private static final PeerName LAPTOP = new PeerName("laptop");
  private static final ArenaName TRIPS = new ArenaName("photos/trips");

  @TempDir private Path directory;
  private final RecordingHousehold household = new RecordingHousehold(42);
  private Path socket;
  private ControlServer server;
  private ControlClient client;

  @BeforeEach
  void start() throws Exception {
    socket = directory.resolve("control/realize.sock");
    server = ControlServer.start(socket, household);
    client = ControlClient.open(socket).orElseThrow();
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void start_newDirectory_isOwnersOnly() throws Exception {
    assertThat(mode(socket.resolveSibling("."))).isEqualTo("rwx------");
    assertThat(mode(socket)).isEqualTo("rw-------");
  }

  private static String mode(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void status_overTheSocket_isEqual() throws Exception {
    assertThat(client.status()).isEqualTo(household.status());
  }

  @Test
  void requests_overTheSocket_arriveInOrder() throws Exception {
    client.connect(LAPTOP);
    client.disconnect(LAPTOP);
    assertThat(client.reload()).containsExactly("[node] mount");
    client.confirm(TRIPS, RelativePath.ROOT);
    client.confirm(TRIPS, RelativePath.of("usb"));
    client.adopt(TRIPS);
    client.reject(TRIPS);
    client.forget(TRIPS, RelativePath.of("a \"b\"/ü\n/c"));
    client.releasePins(TRIPS, RelativePath.of("a/b"));
    client.stop();

    assertThat(household.asked)
        .containsExactly(
            "connect laptop",
            "disconnect laptop",
            "reload",
            "confirm photos/trips",
            "confirm photos/trips usb",
            "adopt photos/trips",
            "reject photos/trips",
            "forget photos/trips a \"b\"/ü\n/c",
            "release photos/trips a/b",
            "stop");
  }

  @Test
  void marks_overTheSocket_areEqual() throws Exception {
    ArenaPath path = new ArenaPath(TRIPS, RelativePath.of("a b"));
    MarkOrder order = new MarkOrder(MarkOrder.MarkAction.SET, Mark.OWN, List.of(path));

    assertThat(client.marks(order)).isEqualTo(household.marks(order)).hasSize(2);
    assertThat(household.asked.getFirst()).isEqualTo("marks " + order);
  }

  @Test
  void conflicts_overTheSocket_areEqual() throws Exception {
    ArenaPath path = new ArenaPath(TRIPS, RelativePath.of("a b"));
    ConflictOrder order = new ConflictOrder(List.of(path), "newest");

    assertThat(client.conflicts(order)).isEqualTo(household.conflicts(order));
    assertThat(household.asked.getFirst()).isEqualTo("conflicts " + order);
  }

  @Test
  void versions_overTheSocket_areEqual() throws Exception {
    ArenaPath path = new ArenaPath(TRIPS, RelativePath.of("a b"));
    VersionQuery query = new VersionQuery(List.of(path), true);

    assertThat(client.versions(query)).isEqualTo(household.versions(query));
    assertThat(household.asked.getFirst()).isEqualTo("versions " + query);
  }

  @Test
  void files_overTheSocket_areEqual() throws Exception {
    ArenaPath path = new ArenaPath(TRIPS, RelativePath.of("a b"));
    FileQuery query = new FileQuery(path, "c", 10);

    assertThat(client.files(query)).isEqualTo(household.files(query));
    assertThat(household.asked.getFirst()).isEqualTo("files " + query);
  }

  static Stream<RealizeException> failures() {
    return Stream.of(
        new RealizeException.Invalid("invalid"),
        new RealizeException.Denied("denied"),
        new RealizeException.NotFound("absent"),
        new RealizeException.StorageFailed("disk", new java.io.IOException("cable")),
        new RealizeException.Unreachable("away"),
        new RealizeException.TimedOut("late"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void request_failing_throwsTheSameWithCauses(RealizeException failure) {
    household.failWith(failure);

    assertThatThrownBy(() -> client.connect(LAPTOP))
        .isExactlyInstanceOf(failure.getClass())
        .hasMessage(failure.oneLine());
    assertThatThrownBy(client::status).isExactlyInstanceOf(failure.getClass());
  }

  @Test
  void request_brokenBody_isInvalidAndAsksNothing() throws Exception {
    assertThat(raw("POST /v1/connect HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{]"))
        .startsWith("HTTP/1.1 400");
    assertThat(
            raw(
                "POST /v1/connect HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n"
                    + "{\"peer\":\"a b\"}"))
        .startsWith("HTTP/1.1 400")
        .contains("is no PeerName");
    assertThat(household.asked).isEmpty();
  }

  private String raw(String request) throws Exception {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (channel.read(answer) > 0
          && !new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8)
              .contains("}")) {}
      return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void start_besideLivingDaemon_isDenied() {
    assertThatThrownBy(() -> ControlServer.start(socket, household))
        .isInstanceOf(RealizeException.Denied.class)
        .hasMessageContaining("a daemon is running there already");
  }

  @Test
  void close_running_removesTheSocket() {
    server.close();

    assertThat(socket).doesNotExist();
    assertThat(ControlClient.open(socket)).isEmpty();
    assertThatThrownBy(client::stop).isInstanceOf(RealizeException.Unreachable.class);
  }

  @Test
  void start_staleSocket_replacesIt() throws Exception {
    Path stale = socket.resolveSibling("stale.sock");
    ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    dead.bind(UnixDomainSocketAddress.of(stale));
    dead.close();
    assertThat(stale).exists();
    assertThat(ControlClient.open(stale)).isEmpty();

    ControlServer other = ControlServer.start(stale, household);
    ControlClient.open(stale).orElseThrow().stop();
    other.close();

    assertThat(household.asked).containsExactly("stop");
  }

  @Test
  void start_directoryOpenToOthers_isDenied() throws Exception {
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));

    assertThatThrownBy(() -> ControlServer.start(open.resolve("s"), household))
        .isInstanceOf(RealizeException.Denied.class)
        .hasMessageContaining("chmod 700");
  }
}
