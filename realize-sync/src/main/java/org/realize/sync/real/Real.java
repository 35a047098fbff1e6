package org.realize.sync.real;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Finding;
import org.realize.sync.port.TimeSource;
import org.realize.sync.port.TreeRename;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The root of one arena: its disk, what that can hold, its trash, and the protocol by which its
 * files are replaced. Thread-safe but for {@link #step} and {@link #resume}, each of which is for
 * one thread.
 */
public final class Real {
  private static final Logger LOG = LoggerFactory.getLogger(Real.class);

  /** The observed time is saved so often while something is committed, and never at rest. */
  private static final Duration SAVE = Duration.ofHours(1);

  private final boolean isPrivate;
  private final Disk disk;
  private volatile RootCapabilities capabilities;
  private final ArenaStore store;
  private final TimeSource time;
  private final ObservedTime observed;
  private final Trash trash;
  private final RealFindings findings;

  /** By place; changed by the thread that calls {@link #step}, which owns the next ones. */
  private final Map<RelativePath, TrashUpkeep> upkeep = new ConcurrentSkipListMap<>();

  /** By place. */
  private final Map<RelativePath, PartialUpkeep> partials = new TreeMap<>();

  private final ApplyProtocol apply;
  private final Snapshots snapshots;
  private final NeededContents needed = new NeededContents();
  private final RealContents contents = new RealContents();
  private long savedMillis;
  private long savedSeq;

  /** Places where what an earlier life left was cleared; owned by the indexing thread. */
  private final Set<RelativePath> cleared = new HashSet<>();

  public Real(Disk disk, RootCapabilities capabilities, ArenaStore store, TimeSource time)
      throws RealizeException {
    this(disk, capabilities, store, time, false);
  }

  /**
   * A root.
   *
   * @param isPrivate the user named none: its files count as cache
   */
  public Real(
      Disk disk,
      RootCapabilities capabilities,
      ArenaStore store,
      TimeSource time,
      boolean isPrivate)
      throws RealizeException {
    this.isPrivate = isPrivate;
    this.disk = disk;
    this.capabilities = capabilities;
    this.store = store;
    this.time = time;
    findings = this::report;
    observed = ObservedTime.of(store, time);
    savedMillis = observed.millis();
    savedSeq = store.read(ArenaReader::headSeq);
    trash = new Trash(disk, observed, findings);
    snapshots = new Snapshots(disk);
    apply = new ApplyProtocol(disk, store, time, trash, observed, findings);
  }

  /** True where the user named no root: files stay files there, and count as cache. */
  public boolean isPrivate() {
    return isPrivate;
  }

  public Disk disk() {
    return disk;
  }

  public RootCapabilities capabilities() {
    return capabilities;
  }

  /** Its file system was probed again: it may be on another one. */
  public void probed(RootCapabilities found) {
    capabilities = found;
  }

  private void report(RelativePath path, String cause) {
    try {
      Finding finding =
          Finding.Key.of(Finding.FindingKind.FAILED, Finding.Part.ROOT, path)
              .toFinding(cause, time.unixMillis());
      store.write(writer -> {
        writer.putFinding(finding);
      });
    } catch (RealizeException e) {
      LOG.warn("arena {}: list '{}': {}", store.arena(), path, e.oneLine());
    }
  }

  public Trash trash() {
    return trash;
  }

  /** The bytes that the trash takes, as last looked at: some seconds after a file came. */
  public long trashBytes() {
    return upkeep.values().stream().mapToLong(TrashUpkeep::bytes).sum();
  }

  /** The bytes that leave the trash soon where files count as cache: others keep them. */
  public long leavingBytes() {
    return isPrivate ? trash.pinnedBytes() : 0;
  }

  /** The files in the trash. */
  public TrashedFiles trashed() {
    return new TrashedFiles(disk, store, trash);
  }

  public Snapshots snapshots() {
    return snapshots;
  }

  public ApplyProtocol apply() {
    return apply;
  }

  /** The contents of which files of this root may have the last bytes. */
  public NeededContents needed() {
    return needed;
  }

  /** Which files of this root have which contents. */
  public RealContents contents() {
    return contents;
  }

  /**
   * Finishes or takes back what was left half done in the places that are certain, and announces
   * what directories that programs have renamed took along. To be called by one thread before they
   * are looked at, each time, since a place may become certain late.
   */
  public void resume() throws IOException, RealizeException {
    for (RelativePath place : store.read(Places::certain)) {
      if (!cleared.contains(place)) {
        snapshots.clear(place);
        apply.clear(place);
        cleared.add(place);
      }
    }
    try {
      apply.conclude();
    } catch (IOException e) {
      LOG.warn("arena {}: files are still being replaced: {}", store.arena(), IoCause.of(e));
    }
    while (!store.<List<TreeRename>>read(ArenaReader::renames).isEmpty()) {
      store.write((ArenaWriter writer) -> {
        boolean ignored = writer.advanceRenames(RenameProtocol.STEP_PATHS);
      });
    }
  }

  /**
   * Does a bounded part of what is due of the upkeep of trash and partial files, and concludes
   * changes that were interrupted; call it every few seconds.
   *
   * @return whether more is due now
   */
  public boolean step() throws IOException, RealizeException {
    IOException failed = null;
    boolean isMoreDue = false;
    try {
      apply.conclude();
    } catch (IOException e) {
      failed = e;
    }
    List<RelativePath> places = store.read(Places::certain);
    upkeep.keySet().retainAll(places);
    partials.keySet().retainAll(places);
    for (RelativePath place : places) {
      try {
        isMoreDue |=
            upkeep
                .computeIfAbsent(
                    place,
                    each -> new TrashUpkeep(disk, trash, each, observed, findings, isPrivate))
                .step();
        partials
            .computeIfAbsent(place, each -> new PartialUpkeep(store.arena(), disk, each, time))
            .step();
      } catch (IOException e) {
        failed = failed == null ? e : failed;
      }
    }
    if (observed.millis() - savedMillis >= SAVE.toMillis()
        && store.<Long>read(ArenaReader::headSeq) != savedSeq) {
      save();
    }
    if (failed != null) {
      throw failed;
    }
    return isMoreDue;
  }

  /** Saves the observed time; once more at shutdown. */
  public void save() throws RealizeException {
    savedMillis = observed.millis();
    savedSeq = store.read(ArenaReader::headSeq);
    store.write(observed::save);
  }
}
