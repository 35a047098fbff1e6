package org.realize.sync.move;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.port.TimeSource;

/**
 * The arenas of this machine that take part in moves, for which mover, and as which end. An arena
 * may be the source of several moves, or the target of one: so no two movers write one partial
 * file. That no last copy is given up is not decided here but by pins.
 *
 * <p>Engagements live in memory: after a restart none is in force, and every move that was under
 * way begins the file that it was at anew. One ends when it is released, replaced by a newer one of
 * the same mover, or left unused for {@link #IDLE}; never during a call. Thread-safe.
 */
public final class Engagements {

  /** The part of an arena in a move. */
  public enum MoveRole {
    SOURCE,
    TARGET
  }

  /** An engagement that was left unused for so long is over. */
  public static final Duration IDLE = Duration.ofMinutes(2);

  /** How long a mover's new engagement waits for calls of its last one to end. */
  private static final Duration DRAIN = Duration.ofSeconds(30);

  /** One engagement; guarded by the lock. */
  private static final class Engagement {
    private final String mover;
    private final ArenaName arena;
    private final MoveRole role;
    private int calls;
    private long usedNanos;

    Engagement(String mover, ArenaName arena, MoveRole role, long nowNanos) {
      this.mover = mover;
      this.arena = arena;
      this.role = role;
      this.usedNanos = nowNanos;
    }
  }

  /** A call under an engagement, which lasts at least until it is closed. */
  public interface Call extends AutoCloseable {
    @Override
    void close();
  }

  private final TimeSource time;
  private final RandomGenerator random;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition drained = lock.newCondition();
  private final Map<UUID, Engagement> inForce = new HashMap<>();
  private final List<Engagement> ending = new ArrayList<>();

  /** No engagement is in force yet. */
  public Engagements(TimeSource time, RandomGenerator random) {
    this.time = time;
    this.random = random;
  }

  /**
   * Engages an arena for a mover; what that mover had engaged of it is over, and its calls have
   * ended when this returns.
   *
   * @throws Invalid if the arena is engaged for another mover and both cannot be
   * @throws Unreachable if calls of an engagement that is over still run: later
   */
  public UUID engage(String mover, ArenaName arena, MoveRole role)
      throws RealizeException, InterruptedException {
    lock.lockInterruptibly();
    try {
      end(engagement -> engagement.mover.equals(mover) && engagement.arena.equals(arena));
      awaitDrained(arena);
      // From here on the lock is not left: what is found now still holds when it is granted.
      dropIdle();
      for (Engagement other : inForce.values()) {
        if (other.arena.equals(arena)
            && (role == MoveRole.TARGET || other.role == MoveRole.TARGET)) {
          throw new Invalid(
              "engage '%s' as %s: it is the %s of another move, of %s"
                  .formatted(arena, name(role), name(other.role), other.mover));
        }
      }
      UUID id = new UUID(random.nextLong(), random.nextLong());
      inForce.put(id, new Engagement(mover, arena, role, time.monotonicNanos()));
      return id;
    } finally {
      lock.unlock();
    }
  }

  private static String name(MoveRole role) {
    return switch (role) {
      case SOURCE -> "source";
      case TARGET -> "target";
    };
  }

  private void dropIdle() {
    long now = time.monotonicNanos();
    end(engagement -> engagement.calls == 0 && now - engagement.usedNanos > IDLE.toNanos());
  }

  private void end(java.util.function.Predicate<Engagement> which) {
    Iterator<Engagement> all = inForce.values().iterator();
    while (all.hasNext()) {
      Engagement engagement = all.next();
      if (which.test(engagement)) {
        all.remove();
        if (engagement.calls > 0) {
          ending.add(engagement);
        }
      }
    }
  }

  private void awaitDrained(ArenaName arena) throws RealizeException, InterruptedException {
    long left = DRAIN.toNanos();
    while (ending.stream().anyMatch(engagement -> engagement.arena.equals(arena))) {
      if (left <= 0) {
        throw new Unreachable("engage '%s': calls of the last move still run".formatted(arena));
      }
      left = drained.awaitNanos(left);
    }
  }

  /**
   * Begins a call under an engagement.
   *
   * @throws Unreachable if it is not in force: engage again
   */
  public Call begin(UUID id, String mover, ArenaName arena) throws Unreachable {
    lock.lock();
    try {
      Engagement engagement = inForce.get(id);
      if (engagement == null
          || !engagement.mover.equals(mover)
          || !engagement.arena.equals(arena)) {
        throw new Unreachable("the engagement of '%s' has ended".formatted(arena));
      }
      engagement.calls++;
      return () -> finished(engagement);
    } finally {
      lock.unlock();
    }
  }

  private void finished(Engagement engagement) {
    lock.lock();
    try {
      engagement.calls--;
      engagement.usedNanos = time.monotonicNanos();
      if (engagement.calls == 0 && ending.remove(engagement)) {
        drained.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends an engagement, if it is in force. */
  public void release(UUID id, String mover) {
    lock.lock();
    try {
      @Nullable Engagement engagement = inForce.get(id);
      if (engagement != null && engagement.mover.equals(mover)) {
        end(other -> other == engagement);
      }
    } finally {
      lock.unlock();
    }
  }
}
