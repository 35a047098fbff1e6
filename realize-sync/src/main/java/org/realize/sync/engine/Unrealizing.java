package org.realize.sync.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.content.DisplacedFiles;
import org.realize.sync.engine.QuietFiles.QuietFile;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.Real;
import org.realize.sync.rules.Availability;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.PathJob;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job that gives up the real files which no mark asks for, through {@link SafeDrop}: once a
 * file has stayed as it is for 10 minutes, no program has it open or has read it in that time, as
 * far as the mount notes reads, and enough peers have promised to keep it. Under {@code keep} it
 * becomes a blob. What too few peers keep stays, and is tried again every hour, when a peer
 * connects, and when another peer reports that it has it: not with every change of its state, since
 * each promise is one. What is to become a blob waits for room in the cache.
 *
 * <p>Files of a private root stay while there is room for them; then those that were not changed
 * for the longest time are given up first. What too few peers keep may exceed the limits, and is
 * listed.
 */
public final class Unrealizing implements Job {

  private static final Logger LOG = LoggerFactory.getLogger(Unrealizing.class);

  /** The time for which a file must have been neither changed nor read. */
  static final Duration QUIET = Duration.ofMinutes(10);

  private static final long NANOS_A_MILLI = 1_000_000;
  private static final Duration POSTPONED = Duration.ofMinutes(1);
  private static final Duration REFUSED = Duration.ofHours(1);
  private static final Duration IDLE = Duration.ofHours(1);

  /** How often the room of files that count as cache is looked at. */
  private static final Duration ROOM = Duration.ofMinutes(1);

  private static final Finding.Key ONLY_HERE =
      Finding.Key.of(FindingKind.FAILED, Part.CACHE, RelativePath.ROOT);

  /** Files that are waited for; the others come with a later walk. */
  private static final int MAX_FILES = 50_000;

  private final SyncWork work;
  private final SafeDrop gate;
  private final FileExcess excess;
  private final TimeSource time;
  private final QuietFiles files;
  private int connections;

  /** When files that were passed over are noted again. */
  private long againNanos;

  /** Also what an earlier life listed. */
  private boolean isListed = true;

  /** A measure of what files have to give up. */
  @FunctionalInterface
  public interface FileExcess {

    /** Of a root that the user named: what no mark asks for. */
    FileExcess ALL = () -> Long.MAX_VALUE;

    /** Bytes of files that are to be given up. */
    long bytes() throws RealizeException;
  }

  /**
   * The part of {@code work} that {@link SyncJob} leaves to {@code gate}.
   *
   * @param excess {@link FileExcess#ALL}, or that of a private root
   */
  public Unrealizing(SyncWork work, SafeDrop gate, FileExcess excess) {
    this(work, gate, excess, MAX_FILES);
  }

  /**
   * As the public one.
   *
   * @param maxFiles that are waited for at a time
   */
  Unrealizing(SyncWork work, SafeDrop gate, FileExcess excess, int maxFiles) {
    this.files = new QuietFiles(maxFiles);
    this.work = work;
    this.gate = gate;
    this.excess = excess;
    this.time = work.arena().time();
  }

  @Override
  public String purpose() {
    return "give up files that peers keep";
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    Optional<Duration> paused = work.userPause().left();
    if (paused.isPresent()) {
      return paused;
    }
    List<RelativePath> fresh = work.queues().takeUnrealized(PinRequest.MAX_CONTENTS);
    work.plan(fresh).forEach(this::note);
    if (!fresh.isEmpty()) {
      return Optional.of(Duration.ZERO);
    }
    int now = work.connections();
    if (now != connections) {
      connections = now;
      files.replaceAll(file -> file.isRefused() ? due(file.stat(), Duration.ZERO) : file);
      againNanos = time.monotonicNanos();
    }
    long bytes = files.isEmpty() && !files.isPassing() ? 0 : excess.bytes();
    if (bytes == 0 && !files.isEmpty()) {
      list(false);
      return Optional.of(ROOM);
    }
    List<RelativePath> due = files.due(time.monotonicNanos(), bytes, PinRequest.MAX_CONTENTS);
    if (due.isEmpty()) {
      boolean isRefused = files.isAllRefused() || files.isPassing();
      list(bytes > 0 && bytes != Long.MAX_VALUE && isRefused);
      walkOn();
      Duration wait = untilDue();
      boolean isRoomless = bytes > 0 && bytes != Long.MAX_VALUE;
      return Optional.of(isRoomless && wait.compareTo(ROOM) > 0 ? ROOM : wait);
    }
    Map<RelativePath, FileStat> quiet = new HashMap<>();
    Map<RelativePath, Set<StoreId>> holders = new HashMap<>();
    for (PlannedPath planned : work.plan(due)) {
      QuietFile file = files.remove(planned.path());
      if (planned.job().orElse(null) instanceof PathJob.UnrealizePath(FileStat indexed)) {
        Set<StoreId> known = Availability.holders(planned.state());
        if (file == null || !file.stat().equals(indexed)) {
          note(planned);
        } else if (known.size() < gate.minCopies()) {
          files.put(planned.path(), refused(indexed, known));
        } else {
          holders.put(planned.path(), known);
          quiet.put(planned.path(), indexed);
        }
      }
    }
    leaveUsed(quiet);
    leaveRoomless(quiet);
    drop(quiet, holders);
    return Optional.of(Duration.ZERO);
  }

  /**
   * Has the arena walked for files that were not noted, once those that are can not be given up,
   * and for those that were passed over an hour later, or when a peer connects.
   */
  private void walkOn() {
    long now = time.monotonicNanos();
    if (files.hasMore() && files.isAllRefused()) {
      if (!files.isPassing()) {
        againNanos = now + REFUSED.toNanos();
      }
      files.passOver();
      work.queues().walkAgain();
    } else if (files.isPassing() && againNanos - now <= 0) {
      files.beginAgain();
      work.queues().walkAgain();
    }
  }

  /** Waits on for files that a program has open, or has read in the last 10 minutes. */
  private void leaveUsed(Map<RelativePath, FileStat> quiet) {
    Map<RelativePath, Duration> waits = new HashMap<>();
    quiet.keySet().forEach(path -> waits.put(path, untilUnused(path)));
    waits.values().removeIf(Duration::isZero);
    waits.forEach((path, wait) -> {
      FileStat stat = quiet.remove(path);
      if (stat != null) {
        files.put(path, due(stat, wait));
      }
    });
  }

  /**
   * Waits on for files that are to become blobs, while the cache has no room: peers would be asked
   * in vain, and each of their promises is news to all.
   */
  private void leaveRoomless(Map<RelativePath, FileStat> quiet) throws RealizeException {
    Optional<Duration> full = work.fullCache().left();
    if (full.isPresent()) {
      Marks marks = work.arena().store().read(work.arena()::marks);
      for (RelativePath path : List.copyOf(quiet.keySet())) {
        if (marks.of(path) == Mark.KEEP) {
          files.put(path, due(Objects.requireNonNull(quiet.remove(path)), full.get()));
        }
      }
    }
  }

  private Duration untilUnused(RelativePath path) {
    Real root = work.arena().root();
    if (root == null) {
      return Duration.ZERO;
    }
    try (DiskFile file = root.disk().open(path, OpenMode.READ_UNNOTICED)) {
      if (file.openByAnyone() == OpenState.OPEN) {
        return QUIET;
      }
      long readAgo = time.unixMillis() * NANOS_A_MILLI - file.lastReadNanos();
      boolean isRecent = readAgo >= 0 && readAgo < QUIET.toNanos();
      return isRecent ? QUIET.minusNanos(readAgo) : Duration.ZERO;
    } catch (IOException changed) {
      LOG.debug("ask whether '{}' is in use: {}", path, changed.toString());
      return Duration.ZERO; // it is judged once more as it is given up
    }
  }

  /** Waits for a file to be quiet, from now on if it has changed. */
  private void note(PlannedPath planned) {
    if (!(planned.job().orElse(null) instanceof PathJob.UnrealizePath(FileStat indexed))) {
      files.remove(planned.path());
      return;
    }
    QuietFile before = files.get(planned.path());
    if (before != null && before.stat().equals(indexed)) {
      if (before.refusedBy() != null
          && !before.refusedBy().equals(Availability.holders(planned.state()))) {
        files.put(planned.path(), due(indexed, Duration.ZERO));
      }
      return;
    }
    files.put(planned.path(), due(indexed, QUIET));
  }

  private QuietFile due(FileStat stat, Duration delay) {
    return new QuietFile(stat, time.monotonicNanos() + delay.toNanos(), null);
  }

  /** A file that waits until other peers have it, and is tried again in an hour in any case. */
  private QuietFile refused(FileStat stat, Set<StoreId> holders) {
    return new QuietFile(stat, due(stat, REFUSED).dueNanos(), holders);
  }

  /** Lists that what is only here exceeds the limits, or does not any more. */
  private void list(boolean isExceeded) {
    if (excess.equals(FileExcess.ALL)) {
      return;
    }
    if (isExceeded && !isListed) {
      work.arena()
          .findings()
          .list(ONLY_HERE, "files that too few peers keep take more room than the cache may");
    } else if (isListed && !isExceeded) {
      work.arena().findings().remove(ONLY_HERE);
    }
    isListed = isExceeded;
  }

  private Duration untilDue() {
    long nanos = files.nanosUntilDue(time.monotonicNanos()).orElse(IDLE.toNanos());
    return Duration.ofNanos(Math.min(nanos, IDLE.toNanos()));
  }

  private void drop(Map<RelativePath, FileStat> quiet, Map<RelativePath, Set<StoreId>> holders)
      throws RealizeException, InterruptedException {
    if (quiet.isEmpty()) {
      return;
    }
    try (DisplacedFiles kept = new DisplacedFiles(work.arena())) {
      Map<RelativePath, DropOutcome> outcomes = drop(kept, quiet);
      quiet.forEach((path, stat) -> {
        DropOutcome outcome = outcomes.get(path);
        if (outcome != null) {
          conclude(path, stat, outcome, holders.getOrDefault(path, Set.of()));
        }
      });
    } catch (RealizeException e) {
      quiet.forEach((path, stat) -> files.put(path, due(stat, POSTPONED)));
      throw e;
    }
  }

  private Map<RelativePath, DropOutcome> drop(
      DisplacedFiles kept, Map<RelativePath, FileStat> quiet)
      throws RealizeException, InterruptedException {
    Marks marks = work.arena().store().read(work.arena()::marks);
    return gate.unrealize(
        quiet,
        files -> {
          Map<RelativePath, RealizeException> failures = new HashMap<>();
          for (Pinned pinned : files) {
            try {
              if (marks.of(pinned.path()) == Mark.KEEP
                  && pinned.content() instanceof Content.File file) {
                kept.copy(pinned.path(), file);
                work.fullCache().over();
              }
            } catch (RealizeException e) {
              if (e instanceof DiskFull) {
                work.fullCache().met();
              }
              failures.put(pinned.path(), e);
            }
          }
          kept.refer();
          return failures;
        });
  }

  private void conclude(
      RelativePath path, FileStat stat, DropOutcome outcome, Set<StoreId> holders) {
    switch (outcome) {
      case DropOutcome.Dropped() -> LOG.debug("'{}' is given up", path);
      case DropOutcome.Kept() -> LOG.debug("'{}' is no file any more", path);
      case DropOutcome.Postponed(String cause) -> {
        LOG.debug("'{}' is given up later: {}", path, cause);
        files.put(path, due(stat, POSTPONED));
      }
      case DropOutcome.Failed(VersionGone _) -> work.index().request(path);
      case DropOutcome.Failed(DiskFull cause) -> {
        LOG.debug("'{}' is not given up: {}", path, cause.oneLine());
        files.put(path, due(stat, work.fullCache().left().orElse(POSTPONED)));
      }
      case DropOutcome.Failed(RealizeException cause) -> {
        LOG.debug("'{}' is not given up: {}", path, cause.oneLine());
        files.put(path, refused(stat, holders));
      }
    }
  }
}
