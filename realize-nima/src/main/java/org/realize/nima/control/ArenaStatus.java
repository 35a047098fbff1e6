package org.realize.nima.control;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.engine.OnlyHere;
import org.realize.sync.engine.SyncWork;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.Finding;

/**
 * An arena on this node. Counts are of regular files.
 *
 * @param root null when the configuration names none
 * @param files how many the arena shows, wherever their bytes are
 * @param cachedBytes verified bytes in the cache
 * @param cache how full it is
 * @param localFiles real files below the root
 * @param conflicts paths of which more than one version is current
 * @param work what is left to do so that real files and cache are as the marks ask for
 * @param phase the first thing that keeps it from being in sync; {@code in_sync} also where the
 *     work that is left waits, fails, is paused, or finds no room
 * @param pausedUntil the end of the user's pause of that work; null while there is none
 * @param onlyHere the files that this node alone is known to hold, as last counted, every 10 min at
 *     most; null before that
 * @param trashBytes that the trash of the root takes, as last looked at
 * @param transfers what downloads saved since the daemon's start
 * @param findings what the user should know, the first of each kind: at most {@link #MAX_FINDINGS}
 */
public record ArenaStatus(
    ArenaName name,
    @Nullable String root,
    Mark mark,
    long files,
    long bytes,
    long cachedBytes,
    CacheReport cache,
    long localFiles,
    long localBytes,
    long conflicts,
    SyncWork.SyncFigures work,
    ArenaPhase phase,
    @Nullable Instant pausedUntil,
    @Nullable OnlyHere onlyHere,
    long trashBytes,
    Transfers transfers,
    FindingCounts counts,
    List<Finding> findings) {

  /** Bound of {@code findings}; the counts are true beyond it. */
  public static final int MAX_FINDINGS = 1_000;

  public ArenaStatus {
    findings = List.copyOf(findings);
    if (findings.size() > MAX_FINDINGS) {
      throw new IllegalArgumentException("more than " + MAX_FINDINGS + " findings");
    }
  }

  /**
   * Verified bytes that downloads took from where.
   *
   * @param fetchedBytes from peers
   * @param reusedBytes whole blocks of earlier versions that are here, which no peer had to send
   * @param patchedBytes made by deltas out of earlier versions, less the length of the deltas
   */
  public record Transfers(long fetchedBytes, long reusedBytes, long patchedBytes) {}

  /** The number of findings of each kind. */
  public record FindingCounts(long skipped, long paused, long held, long failed) {

    /** Counts {@code findings}, for an arena that has few. */
    public static FindingCounts of(List<Finding> findings) {
      return new FindingCounts(
          count(findings, Finding.FindingKind.SKIPPED),
          count(findings, Finding.FindingKind.PAUSED),
          count(findings, Finding.FindingKind.HELD),
          count(findings, Finding.FindingKind.FAILED));
    }

    private static long count(List<Finding> findings, Finding.FindingKind kind) {
      return findings.stream().filter(finding -> finding.kind() == kind).count();
    }

    /** The count of one kind. */
    public long of(Finding.FindingKind kind) {
      return switch (kind) {
        case SKIPPED -> skipped;
        case PAUSED -> paused;
        case HELD -> held;
        case FAILED -> failed;
      };
    }
  }
}
