package org.realize.sync.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.port.LostSide;
import org.realize.sync.rate.Backoff;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootIndex;

/**
 * The way of what lost a conflict from the cache to the trash, at paths that are kept or owned: who
 * chose wrongly finds it there. What some path still shows stays where it is, and so does what is
 * not whole; an arena without a root has no trash.
 *
 * <p>A file that cannot be moved is listed, and retried after 15 s, then after twice as long each
 * time, up to an hour; one that waits for room, or for the end of a doubt, is retried every 15 s.
 * The others are not held up. A kill before the commit of a batch leaves two copies of its files in
 * the trash.
 */
public final class LostSides implements Job {

  private static final Duration IDLE = Duration.ofHours(1);

  /** The time from one look to the next, where commits ask for it. */
  private static final Duration GATHERS = Duration.ofSeconds(1);

  /** The time until a root that was not looked at yet is asked for again. */
  private static final Duration SCANS = Duration.ofSeconds(5);

  private static final Backoff NOT_FAILED = Backoff.between(Engine.FIRST_RETRY, Engine.LAST_RETRY);

  /** Files that one step tries to move, and bytes that it moves, but for the last file. */
  private static final int BATCH = 50;

  private static final long BATCH_BYTES = 64 << 20;

  /** Files that one step looks at, besides as many as are retried later. */
  private static final int PAGE = 2_000;

  private static final int MAX_LOOKED_AT = 100_000;

  private static final int COPIED_BYTES = 1 << 20;

  /**
   * The wait of a file that was not moved.
   *
   * @param cause as it is listed; empty where the index lists it
   */
  private record PostponedSide(Backoff backoff, long dueNanos, String cause) {}

  private final Arena arena;
  private final RootIndex index;
  private final BooleanSupplier isCertain;
  private final AtomicBoolean changed = new AtomicBoolean(true);
  private final Map<LostSide, PostponedSide> retries = new HashMap<>();

  /** When the next look is due, if nothing changes before. */
  private long dueNanos;

  /** When a look is due that a change asks for. */
  private long gatheredNanos;

  /**
   * The losers of {@code arena}.
   *
   * @param index of its root
   * @param isCertain true while the root is the one that was indexed
   * @param wake called, from any thread, when this job is due; must return at once
   */
  public LostSides(
      Arena arena, RootIndex index, BooleanSupplier isCertain, Consumer<? super Job> wake) {
    this.arena = arena;
    this.index = index;
    this.isCertain = isCertain;
    dueNanos = arena.time().monotonicNanos();
    gatheredNanos = dueNanos;
    arena
        .store()
        .addListener(changes -> {
          if (!changes.paths().isEmpty() && !changed.getAndSet(true)) {
            wake.accept(this);
          }
        });
  }

  @Override
  public String purpose() {
    return "move what lost a conflict to the trash";
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    long now = arena.time().monotonicNanos();
    long due = changed.get() ? Math.min(gatheredNanos - now, dueNanos - now) : dueNanos - now;
    if (due > 0) {
      return Optional.of(Duration.ofNanos(due));
    }
    changed.set(false);
    gatheredNanos = now + GATHERS.toNanos();
    int max = Math.min(MAX_LOOKED_AT, retries.size() + PAGE);
    List<LostSide> lost = arena.store().read(reader -> reader.lostSides(max));
    retries.keySet().retainAll(Set.copyOf(lost));
    Duration wait;
    if (arena.root() != null && !lost.isEmpty() && !isCertain.getAsBoolean()) {
      wait = SCANS;
    } else {
      boolean isMore = move(lost, now) || (lost.size() == max && max < MAX_LOOKED_AT);
      wait = isMore ? Duration.ZERO : untilRetry(now);
    }
    dueNanos = now + wait.toNanos();
    return Optional.of(wait);
  }

  /** The time until the next retry is due, at most {@link #IDLE}. */
  private Duration untilRetry(long now) {
    return retries.values().stream()
        .map(retry -> Duration.ofNanos(Math.max(0, retry.dueNanos() - now)))
        .reduce(IDLE, (one, other) -> one.compareTo(other) < 0 ? one : other);
  }

  /** Moves a batch of {@code lost}; true if some were not tried. */
  private boolean move(List<LostSide> lost, long now)
      throws RealizeException, InterruptedException {
    Real root = arena.root();
    List<LostSide> over = new ArrayList<>();
    int tried = 0;
    long bytes = 0;
    try {
      for (LostSide side : lost) {
        PostponedSide retry = retries.get(side);
        if (retry != null && retry.dueNanos() - now > 0) {
          continue;
        }
        if (tried == BATCH || bytes > BATCH_BYTES) {
          return true;
        }
        tried++;
        if (root == null || !isWanted(side)) {
          over.add(side);
        } else {
          bytes += move(root, side, over);
        }
      }
      return false;
    } finally {
      conclude(over);
    }
  }

  /** Forgets sides, and the findings of their paths, if nothing else waits there. */
  private void conclude(List<LostSide> over) throws RealizeException {
    if (over.isEmpty()) {
      return;
    }
    over.forEach(retries::remove);
    Set<RelativePath> listed = new HashSet<>();
    retries.keySet().forEach(side -> listed.add(side.path()));
    arena
        .store()
        .write(writer -> {
          for (LostSide side : over) {
            writer.removeLostSide(side);
            if (!listed.contains(side.path())) {
              writer.removeFinding(finding(side));
            }
          }
        });
  }

  private static Finding.Key finding(LostSide side) {
    return Finding.Key.of(FindingKind.FAILED, Part.TRASH, side.path());
  }

  private boolean isWanted(LostSide side) throws RealizeException {
    return arena
        .store()
        .read(reader ->
            arena.marks(reader).of(side.path()) != Mark.WATCH
                && reader.blobReferences(side.hash(), 1).isEmpty());
  }

  /**
   * Moves a file, and adds it to {@code over}; or leaves it to be retried.
   *
   * @return bytes that were copied
   */
  private long move(Real root, LostSide side, List<LostSide> over) throws InterruptedException {
    try (Blob blob = arena.blobs().find(side.hash()).orElse(null)) {
      if (blob == null || !blob.readable(0, blob.sizeBytes())) {
        over.add(side);
        return 0;
      }
      index.check(side.path());
      if (root.disk().usage().spareBytes() < blob.sizeBytes()) {
        throw new DiskFull(purpose() + ": %,d bytes need room".formatted(blob.sizeBytes()), null);
      }
      RealChange.Attributes like = new RealChange.Attributes(side.mode(), side.mtime());
      root.trash().put(side.path(), like, made -> copy(blob, made));
      over.add(side);
      return blob.sizeBytes();
    } catch (IOException e) {
      later(side, Disk.failure(purpose(), e));
    } catch (RealizeException e) {
      later(side, e);
    }
    return 0;
  }

  private void later(LostSide side, RealizeException failure) {
    PostponedSide before = retries.getOrDefault(side, new PostponedSide(NOT_FAILED, 0, ""));
    boolean isWaiting = failure instanceof InDoubt || failure instanceof DiskFull;
    Backoff backoff = (isWaiting ? NOT_FAILED : before.backoff()).afterFailure();
    String cause = failure instanceof InDoubt ? "" : failure.oneLine();
    if (!cause.isEmpty() && !cause.equals(before.cause())) {
      arena.findings().list(finding(side), cause);
    }
    long due = arena.time().monotonicNanos() + backoff.delay().toNanos();
    retries.put(side, new PostponedSide(backoff, due, cause));
  }

  private static void copy(Blob blob, DiskFile made) throws IOException, RealizeException {
    ByteBuffer buffer = ByteBuffer.allocate(COPIED_BYTES);
    for (long at = 0; at < blob.sizeBytes(); at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(COPIED_BYTES, blob.sizeBytes() - at));
      blob.read(at, buffer);
      made.write(buffer.flip(), at);
    }
  }
}
