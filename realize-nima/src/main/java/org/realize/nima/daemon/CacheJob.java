package org.realize.nima.daemon;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.realize.nima.config.MountSettings;
import org.realize.nima.control.CacheEvent;
import org.realize.nima.control.CacheEvent.Kind;
import org.realize.nima.control.CacheOrder;
import org.realize.nima.control.Household.Events;
import org.realize.sync.engine.Checkup;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Listed;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.rate.Throttle;

/** What a command does with cached files, one after the other. Used once, by one thread. */
final class CacheJob {

  /** Names of a directory that are read at once. */
  private static final int PAGE = 1_000;

  private static final Duration BEAT = Duration.ofMillis(500);

  private final CacheOrder order;
  private final List<OpenArena> arenas;
  private final Optional<Path> mount;
  private final Events<CacheEvent> events;
  // written by the one thread that works
  private volatile long count;
  private volatile long bytes;
  private final LongAdder doneFiles = new LongAdder();
  private final LongAdder doneBytes = new LongAdder();
  private final LongAdder failedFiles = new LongAdder();

  CacheJob(
      CacheOrder order,
      List<OpenArena> arenas,
      Optional<MountSettings> mount,
      Events<CacheEvent> events) {
    this.order = order;
    this.arenas = arenas;
    this.mount = mount.map(MountSettings::path);
    this.events = events;
  }

  /** A file and what its arena shows of it. */
  private record Shown(OpenArena arena, RelativePath path, Content.File content) {
    String name() {
      return arena.name() + "/" + path;
    }
  }

  /** How one file came out. */
  private record Outcome(Kind kind, String message) {
    Outcome(Kind kind) {
      this(kind, "");
    }
  }

  void run() throws RealizeException, InterruptedException {
    Thread beat = Thread.ofVirtual().name("cache-progress").start(this::beat);
    try {
      doAll();
    } finally {
      beat.interrupt();
      beat.join();
    }
    tell(Kind.DONE);
  }

  /** Whoever listens takes long silence for an end, and one large file may take hours. */
  private void beat() {
    try {
      while (true) {
        Thread.sleep(BEAT);
        tell(Kind.PROGRESS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void doAll() throws RealizeException, InterruptedException {
    List<Shown> files = new ArrayList<>();
    for (String path : order.paths()) {
      list(path, files);
    }
    if (order.paths().isEmpty()) {
      for (OpenArena arena : arenas) {
        list(arena, RelativePath.ROOT, arena.name().toString(), files);
      }
    }
    count = files.size();
    bytes = files.stream().mapToLong(file -> file.content().sizeBytes()).sum();
    for (Shown file : files) {
      Outcome outcome = done(file);
      boolean failed = outcome.kind() == Kind.FAILED || outcome.kind() == Kind.DAMAGED;
      (failed ? failedFiles : doneFiles).increment();
      doneBytes.add(file.content().sizeBytes());
      String message = outcome.message().isEmpty() ? null : outcome.message();
      events.tell(
          new CacheEvent(outcome.kind(), file.name(), file.content().sizeBytes(), message, null));
    }
  }

  private void tell(Kind kind) throws InterruptedException {
    CacheEvent.Totals totals =
        new CacheEvent.Totals(count, bytes, doneFiles.sum(), doneBytes.sum(), failedFiles.sum());
    events.tell(new CacheEvent(kind, null, 0, null, totals));
  }

  private Outcome done(Shown file) throws InterruptedException {
    try {
      return switch (order.job()) {
        case FETCH -> fetch(file);
        case EVICT -> evict(file);
        case VERIFY -> verify(file);
      };
    } catch (RealizeException e) {
      return new Outcome(Kind.FAILED, e.oneLine());
    }
  }

  private Outcome fetch(Shown file) throws RealizeException, InterruptedException {
    if (isReal(file) || isWhole(file)) {
      return new Outcome(Kind.WAS_HERE);
    }
    file.arena().downloader().download(file.path(), file.content());
    return new Outcome(Kind.FETCHED);
  }

  private static boolean isReal(Shown file) throws RealizeException {
    Optional<PathState> state = file.arena().store().read(reader -> reader.path(file.path()));
    return state.isPresent() && state.get().isReal(file.content());
  }

  private static boolean isWhole(Shown file) throws RealizeException {
    return file.arena()
        .store()
        .read(reader -> reader.blob(file.content().hash()))
        .map(row -> row.available().contains(0, file.content().sizeBytes()))
        .orElse(file.content().sizeBytes() == 0);
  }

  private static Outcome evict(Shown file) throws RealizeException {
    return switch (file.arena().blobs().evict(file.content().hash())) {
      case GONE -> new Outcome(Kind.EVICTED);
      case ABSENT -> new Outcome(Kind.WAS_NOT_HERE);
      case OPEN -> new Outcome(Kind.STAYS, "somebody has it open");
      case MARKED -> new Outcome(Kind.STAYS, "it is marked to be kept here");
      case LAST_COPY -> new Outcome(Kind.STAYS, "no other peer is known to have it");
    };
  }

  /** What is cached of it, and the real file, which may be of another version. */
  private static Outcome verify(Shown file) throws RealizeException, InterruptedException {
    OpenArena arena = file.arena();
    Checkup checkup = new Checkup(arena.checked(), Throttle.NONE);
    List<Checkup.Result> results = new ArrayList<>();
    results.add(checkup.cached(file.content().hash()));
    Optional<PathState> state = arena.store().read(reader -> reader.path(file.path()));
    if (state.isPresent()) {
      results.add(checkup.real(state.get()));
    }
    for (Checkup.Result result : results) {
      arena.damage().checked(result.checkedBytes());
      if (result.wrongBytes() > 0 || result.isUnrepaired()) {
        arena.damage().damaged("'%s'".formatted(file.name()), result);
        return new Outcome(Kind.DAMAGED, result.describe());
      }
    }
    boolean isHere = results.stream().anyMatch(result -> result.checkedBytes() > 0);
    return new Outcome(isHere ? Kind.SOUND : Kind.WAS_NOT_HERE);
  }

  // ---- which files

  private void list(String name, List<Shown> files) throws RealizeException {
    String below = name;
    if (name.startsWith("/")) {
      Path path = Path.of(name).normalize();
      if (mount.isEmpty() || !path.startsWith(mount.get())) {
        throw new Invalid(
            "%s '%s': it is not in the mount, and no ARENA/PATH".formatted(action(), name));
      }
      below = mount.get().relativize(path).toString();
    }
    String wanted = below;
    OpenArena arena =
        arenas.stream()
            .filter(each -> (wanted + "/").startsWith(each.name() + "/"))
            .max(Comparator.comparingInt(each -> each.name().value().length()))
            .orElseThrow(
                () -> new NotFound("%s '%s': no arena is there".formatted(action(), name)));
    int start = Math.min(wanted.length(), arena.name().value().length() + 1);
    list(arena, path(name, wanted.substring(start)), name, files);
  }

  private RelativePath path(String name, String inside) throws Invalid {
    try {
      String text = inside.endsWith("/") ? inside.substring(0, inside.length() - 1) : inside;
      return text.isEmpty() ? RelativePath.ROOT : RelativePath.of(text);
    } catch (IllegalArgumentException e) {
      throw new Invalid("%s '%s'".formatted(action(), name), e);
    }
  }

  private void list(OpenArena arena, RelativePath path, String name, List<Shown> files)
      throws RealizeException {
    Node node =
        find(arena, path)
            .orElseThrow(() -> new NotFound("%s '%s': not found".formatted(action(), name)));
    record At(Node node, RelativePath path) {}
    Deque<At> left = new ArrayDeque<>(List.of(new At(node, path)));
    while (!left.isEmpty()) {
      At at = left.removeLast();
      if (at.node().content() instanceof Content.File content) {
        files.add(new Shown(arena, at.path(), content));
      } else if (at.node().content() instanceof Content.Directory) {
        for (Node child : children(arena, at.node().inode())) {
          left.add(new At(child, at.path().child(child.name())));
        }
      }
    }
  }

  private static Optional<Node> find(OpenArena arena, RelativePath path) throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          Optional<Node> node = reader.node(reader.root());
          for (String part : path.isRoot() ? List.<String>of() : path.parts()) {
            if (node.isPresent()) {
              node = reader.child(node.get().inode(), part);
            }
          }
          return node;
        });
  }

  private static List<Node> children(OpenArena arena, Inode directory) throws RealizeException {
    List<Node> children = new ArrayList<>();
    List<Listed> page;
    long cursor = 0;
    do {
      long after = cursor;
      page = arena.store().read(reader -> reader.list(directory, after, PAGE));
      for (Listed listed : page) {
        children.add(listed.node());
        cursor = listed.cursor();
      }
    } while (!page.isEmpty());
    return children;
  }

  private String action() {
    return order.job().name().toLowerCase(java.util.Locale.ROOT);
  }
}
