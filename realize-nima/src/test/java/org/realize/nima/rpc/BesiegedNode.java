package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PauseTimes;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.RateLimit;
import org.realize.nima.config.Role;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.StopSignal;
import org.realize.nima.daemon.Daemon;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.Report;
import org.realize.sync.port.TimeSource;
import org.slf4j.LoggerFactory;

/**
 * A real daemon in this process, with hostile peers, and an honest one that reads its files all the
 * time and tells it of new ones. What must hold while it is besieged is in {@link #check}.
 */
final class BesiegedNode implements AutoCloseable {

  static final ArenaName PHOTOS = new ArenaName("photos");

  /** The honest peer must have its answer within this. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int FILES = 12;

  /** Bytes that are in every file that nobody may read, and nowhere else. */
  private final byte[] marker = new byte[24];

  private final Path base;
  private final StopSignal stop = new StopSignal();
  private final Thread daemon;
  private final TestNode friend = new TestNode("friend", TestNode.PATIENT);
  private final List<NodeKey> hostileKeys = new ArrayList<>();
  private final Map<String, byte[]> files = new HashMap<>();
  private final Map<String, Absurd.Known> secrets = new HashMap<>();
  private final int port;
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong slowestNanos = new AtomicLong();
  private final AtomicLong published = new AtomicLong();
  private final AppenderBase<ILoggingEvent> errors;
  private final Thread reader = Thread.ofPlatform().name("honest reader").unstarted(this::readOn);
  private volatile boolean ends;

  /** Starts it, with so many hostile peers; the last one may write. */
  BesiegedNode(Path base, int hostile) throws Exception {
    this.base = base;
    new SecureRandom().nextBytes(marker);
    port = freePort();
    Path photos = Files.createDirectories(base.resolve("photos"));
    Path hidden = Files.createDirectories(base.resolve("private"));
    Random random = new Random(7);
    for (int i = 0; i < FILES; i++) {
      byte[] bytes = new byte[1 + random.nextInt(400_000)];
      random.nextBytes(bytes);
      files.put("good/" + i + ".bin", bytes);
      Files.createDirectories(photos.resolve("good"));
      Files.write(photos.resolve("good/" + i + ".bin"), bytes);
    }
    secret(photos, "ignored.hid");
    secret(photos, "good/ignored.hid");
    secret(hidden, "secret.bin");
    errors = errors();
    daemon = start(photos, hidden, hostile);
    ControlClient control = control();
    friend.peers.add(
        new PeerSettings(
            new PeerName("victim"),
            NodeKey.read(base.resolve("node.key")).publicKey(),
            List.of(new HostPort("127.0.0.1", port)),
            Optional.empty(),
            Role.BOTH,
            List.of(),
            RateLimit.NONE,
            PauseTimes.NONE));
    friend.start();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> link().isPresent() && listed().keySet().containsAll(files.keySet()));
    assertThat(control.status().loops()).isEmpty();
    reader.start();
  }

  private AppenderBase<ILoggingEvent> errors() {
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
              String bug =
                  event.getThrowableProxy() == null
                      ? ""
                      : " "
                          + event.getThrowableProxy().getClassName()
                          + ": "
                          + event.getThrowableProxy().getMessage()
                          + Arrays.stream(
                                  event.getThrowableProxy().getStackTraceElementProxyArray())
                              .limit(12)
                              .map(line -> "\n      " + line)
                              .reduce("", String::concat);
              violations.add("logged: " + event.getFormattedMessage() + bug);
            }
          }
        };
    appender.start();
    root().addAppender(appender);
    return appender;
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private void secret(Path root, String name) throws IOException {
    byte[] bytes = new byte[1_000];
    System.arraycopy(marker, 0, bytes, 300, marker.length);
    Files.createDirectories(root.resolve(name).getParent());
    Files.write(root.resolve(name), bytes);
    secrets.put(name, known(bytes));
  }

  private static Absurd.Known known(byte[] bytes) {
    return new Absurd.Known(WireCodec.bytes(TreeHasher.hash(bytes)), bytes.length);
  }

  private Thread start(Path photos, Path hidden, int hostile) throws Exception {
    NodeKey.generate(new SecureRandom()).writeNew(base.resolve("node.key"));
    ConfigurationFile file = ConfigurationFile.in(base);
    file.create(new PeerName("victim"), List.of(new HostPort("127.0.0.1", port)), Optional.empty());
    file.addArena(PHOTOS, Optional.of(photos), Optional.of(Mark.KEEP));
    append(file, "ignore = [\"*.hid\"]", "debounce = \"300ms\"", "min_copies = 9");
    append(file, "cache = { max = \"64 MiB\", leave = \"1%\" }");
    file.addArena(new ArenaName("cache"), Optional.empty(), Optional.of(Mark.KEEP));
    append(file, "cache = { max = \"32 MiB\", leave = \"1%\" }");
    file.addArena(new ArenaName("private"), Optional.of(hidden), Optional.of(Mark.KEEP));
    file.addPeer(friend.name, friend.key.publicKey(), List.of(), List.of());
    append(file, "arenas = [\"photos\"]");
    for (int i = 0; i < hostile; i++) {
      NodeKey key = NodeKey.generate(new SecureRandom());
      hostileKeys.add(key);
      List<ArenaName> write = i == hostile - 1 ? List.of(PHOTOS) : List.of();
      file.addPeer(new PeerName("mallory" + i), key.publicKey(), List.of(), write);
      append(file, "arenas = [\"photos\", \"cache\"]");
    }
    CountDownLatch ready = new CountDownLatch(1);
    Thread thread =
        Thread.ofPlatform()
            .name("besieged daemon")
            .start(() -> {
              try {
                new Daemon().run(file.read(), stop, ready::countDown);
              } catch (RealizeException | RuntimeException e) {
                violations.add("the daemon ended: " + e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    await().atMost(Duration.ofSeconds(60)).until(() -> ready.getCount() == 0 || !thread.isAlive());
    assertThat(violations).isEmpty();
    return thread;
  }

  private static void append(ConfigurationFile file, String... lines) throws IOException {
    for (String line : lines) {
      Files.writeString(file.path(), line + "\n", StandardOpenOption.APPEND);
    }
  }

  private ControlClient control() throws RealizeException {
    return ControlClient.open(base.resolve("control/realize.sock")).orElseThrow();
  }

  HouseholdStatus status() throws RealizeException {
    return control().status();
  }

  private Optional<PeerLink> link() {
    return friend.connections().links().stream().findFirst();
  }

  /** What the victim announces to the honest peer: each file that it holds. */
  private Map<String, Content> listed() throws RealizeException, InterruptedException {
    PeerLink link = link().orElseThrow();
    Map<String, Content> all = new HashMap<>();
    long after = 0;
    while (true) {
      FeedPage page = link.feed(PHOTOS, after, 1_000, Duration.ZERO);
      if (page.entries().isEmpty()) {
        return all;
      }
      for (FeedEntry entry : page.entries()) {
        Report.Reported shown = entry.report().versions().getFirst();
        all.put(entry.path().toString(), shown.version().content());
        after = entry.report().seq();
      }
    }
  }

  /** A hostile peer, to be used by one thread. */
  HostilePeer hostile(int number, TimeSource time) {
    Map<String, Absurd.Known> honest = new HashMap<>();
    files.forEach((path, bytes) -> honest.put(path, known(bytes)));
    Absurd.Victim victim =
        new Absurd.Victim(
            List.of("photos", "photos", "photos", "cache", "private"),
            honest,
            secrets,
            List.of(
                friend.identity.store().value(), link().orElseThrow().identity().store().value()));
    return new HostilePeer(hostileKeys.get(number), port, victim, time, this::received);
  }

  private void received(byte[] bytes) {
    for (int i = 0; i + marker.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + marker.length, marker, 0, marker.length)) {
        violations.add("a file that is not shared was read");
        return;
      }
    }
  }

  // ---- the honest peer

  private void readOn() {
    Random random = new Random(3);
    List<String> names = List.copyOf(files.keySet());
    long lost = 0;
    while (!ends) {
      long begin = System.nanoTime();
      try {
        Optional<PeerLink> link = link();
        if (link.isPresent()) {
          read(link.get(), names.get(random.nextInt(names.size())));
          lost = 0;
          reads.incrementAndGet();
          slowestNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
        } else {
          lost = lost == 0 ? begin : lost;
        }
        if (reads.get() % 20 == 0) {
          publish();
        }
        friend.service.pinRequests.clear(); // an honest peer's memory is not measured
        friend.events.clear();
        Thread.sleep(10);
      } catch (RealizeException e) {
        if (link().isPresent() && link().get().connected()) {
          violations.add("an honest peer could not read: " + e.oneLine());
          return;
        }
        lost = lost == 0 ? begin : lost;
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        violations.add("an honest peer failed: " + e);
        return;
      }
      if (lost != 0 && System.nanoTime() - lost > 3 * PATIENCE.toNanos()) {
        violations.add("an honest peer was kept out");
        return;
      }
    }
  }

  private void read(PeerLink link, String name) throws RealizeException, InterruptedException {
    byte[] expected = Objects.requireNonNull(files.get(name));
    ContentRequest content =
        new ContentRequest(
            PHOTOS, TreeHasher.hash(expected), expected.length, RelativePath.of(name));
    ByteBuffer got = ByteBuffer.allocate(expected.length);
    int blocks = Math.ceilDiv(expected.length, InboundService.BLOCK_BYTES);
    link.blocks(content, 0, blocks, (_, block) -> got.put(block), PATIENCE);
    if (!Arrays.equals(got.array(), expected)) {
      violations.add("an honest peer read wrong bytes of " + name);
    }
  }

  /** A new file, of which only the name is here. */
  private void publish() {
    long number = published.incrementAndGet();
    long now = System.currentTimeMillis();
    Stamp stamp = new Stamp(now, friend.identity.store());
    Version version =
        Version.of(
            new Content.File(new ContentHash(number, 1, 2, 3), 10),
            VersionVector.EMPTY.with(friend.identity.store(), now));
    friend.service.publish(
        new FeedEntry(
            RelativePath.of("away/" + number % 50),
            new Report(
                number,
                new Metadata(0644, stamp, FileTime.EPOCH, stamp),
                List.of(new Report.Reported(version, false)))));
  }

  // ---- what must hold

  /** What has gone wrong so far. */
  List<String> violations() {
    return List.copyOf(violations);
  }

  long reads() {
    return reads.get();
  }

  Duration slowest() {
    return Duration.ofNanos(slowestNanos.get());
  }

  /** Fails unless everything that was there before is still there, and goes on. */
  void check() throws Exception {
    assertThat(violations()).isEmpty();
    publish();
    long last = published.get();
    Content content = new Content.File(new ContentHash(last, 1, 2, 3), 10);
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(() ->
            assertThat(listed())
                .as("what the honest peer tells")
                .containsEntry("away/" + last % 50, content));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      assertThat(Files.readAllBytes(base.resolve("photos").resolve(file.getKey())))
          .as(file.getKey())
          .isEqualTo(file.getValue());
      assertThat(listed())
          .containsEntry(
              file.getKey(),
              new Content.File(TreeHasher.hash(file.getValue()), file.getValue().length));
    }
    assertThat(status().loops()).isEmpty();
    assertThat(violations()).isEmpty();
  }

  /** The memory, threads and files of the process. */
  record Footprint(long heapBytes, int threads, long files) {

    @Override
    public String toString() {
      return "%,d KiB of heap, %d threads, %d files".formatted(heapBytes >> 10, threads, files);
    }
  }

  /** The footprint of the process, after the garbage was collected. */
  static Footprint footprint() throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return new Footprint(heap, threads, open.count());
    }
  }

  @Override
  public void close() {
    ends = true;
    reader.interrupt();
    friend.close();
    stop.request();
    try {
      reader.join();
      daemon.join(Duration.ofSeconds(60).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    root().detachAppender(errors);
    errors.stop();
  }
}
