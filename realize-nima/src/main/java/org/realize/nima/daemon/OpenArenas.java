package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.daemon.OpenArena.NodeParts;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.service.HouseholdService;
import org.realize.sync.view.HouseholdView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The arenas of the running daemon. {@link #apply} makes them those of a configuration while the
 * daemon runs: an arena that is not in it, or has other settings there, ends; one that is new
 * begins; all others are left alone. Thread-safe: readers see the arenas as of their call, changes
 * are made one at a time.
 */
final class OpenArenas implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(OpenArenas.class);

  /** The parts of the node that arenas are offered to while they are open. */
  record ArenaUsers(
      RenewingJudge judge,
      HouseholdService service,
      MovableArenas movable,
      HouseholdView view,
      Feeds feeds) {}

  private final NodeParts shared;
  private final Semaphore changing = new Semaphore(1);

  /** All that are open, those included that are not offered yet. */
  private volatile List<OpenArena> opened = List.of();

  private volatile List<OpenArena> offered = List.of();
  private volatile @Nullable ArenaUsers users;

  /** Opens arenas, which are not offered to anybody; on a failure none is left open. */
  OpenArenas(List<ArenaSettings> settings, NodeParts shared) throws RealizeException {
    this.shared = shared;
    try {
      for (ArenaSettings each : settings) {
        OpenArena _ = open(each);
      }
    } catch (RealizeException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The arenas that take part. */
  List<OpenArena> all() {
    return offered;
  }

  /** The arenas whose stores are open. */
  List<OpenArena> opened() {
    return opened;
  }

  /** The arena of this name; empty if none takes part. */
  Optional<OpenArena> byName(ArenaName name) {
    return offered.stream().filter(arena -> arena.name().equals(name)).findFirst();
  }

  private OpenArena open(ArenaSettings settings) throws RealizeException {
    OpenArena arena = OpenArena.open(settings, shared);
    opened = with(opened, arena);
    return arena;
  }

  private static List<OpenArena> with(List<OpenArena> arenas, OpenArena arena) {
    List<OpenArena> next = new ArrayList<>(arenas);
    next.add(arena);
    next.sort(Comparator.comparing(OpenArena::name));
    return List.copyOf(next);
  }

  private static List<OpenArena> without(List<OpenArena> arenas, OpenArena arena) {
    return arenas.stream().filter(each -> each != arena).toList();
  }

  /** Offers the open arenas, and from now on each that begins, to {@code users}. */
  void offer(ArenaUsers users) throws RealizeException {
    this.users = users;
    for (OpenArena arena : opened) {
      offer(arena, users);
    }
  }

  private void offer(OpenArena arena, ArenaUsers to) throws RealizeException {
    to.judge().settle(arena);
    to.service().serve(arena.arena(), arena.feed(), arena.pins());
    arena.show(to.view());
    arena.movable().ifPresent(files -> to.movable().serve(arena.name(), files));
    HouseholdMetrics.register(shared.metrics(), arena);
    offered = with(offered, arena);
    to.feeds().refresh();
  }

  /** Begins the work of the arenas that are offered. */
  void start() throws RealizeException {
    for (OpenArena arena : offered) {
      arena.start();
    }
  }

  /**
   * Makes the arenas those of {@code settings}. One that cannot begin does not keep the others from
   * it, and begins at a later call.
   *
   * @throws StorageFailed with all causes, after everything else was done
   */
  void apply(List<ArenaSettings> settings) throws RealizeException, InterruptedException {
    ArenaUsers to = users;
    if (to == null) {
      throw new IllegalStateException("arenas change before they are offered");
    }
    changing.acquire();
    try {
      for (OpenArena arena : opened) {
        if (!settings.contains(arena.settings())) {
          end(arena, to);
        }
      }
      List<String> failures = new ArrayList<>();
      for (ArenaSettings each : settings) {
        if (byName(each.name()).isEmpty()) {
          begin(each, to).ifPresent(failures::add);
        }
      }
      if (!failures.isEmpty()) {
        throw new StorageFailed(String.join("; ", failures), null);
      }
    } finally {
      changing.release();
    }
  }

  /** Why the arena cannot begin; empty if it has. */
  private Optional<String> begin(ArenaSettings settings, ArenaUsers to) {
    OpenArena arena = null;
    try {
      arena = open(settings);
      offer(arena, to);
      arena.start();
      LOG.info("arena {} takes part", arena.name());
      return Optional.empty();
    } catch (RealizeException | RuntimeException e) {
      String cause = e instanceof RealizeException expected ? expected.oneLine() : e.toString();
      LOG.warn("arena {} does not take part: {}", settings.name(), cause);
      if (arena != null) {
        end(arena, to);
      }
      return Optional.of("arena %s: %s".formatted(settings.name(), cause));
    }
  }

  /** Takes the arena from its users, last first, and closes it. Files that are open may fail. */
  private void end(OpenArena arena, ArenaUsers from) {
    offered = without(offered, arena);
    from.feeds().refresh();
    shared.metrics().remove(arena.name().toString());
    from.movable().withdraw(arena.name());
    try {
      from.view().detach(arena.name());
    } catch (RealizeException e) {
      LOG.warn("arena {} is still in the mount: {}", arena.name(), e.oneLine());
    }
    from.service().withdraw(arena.name());
    opened = without(opened, arena);
    arena.close();
    shared.global().closeArena(arena.name());
    LOG.info("arena {} takes part no longer", arena.name());
  }

  @Override
  public void close() {
    offered = List.of();
    for (OpenArena arena : opened.reversed()) {
      arena.close();
    }
    opened = List.of();
  }
}
