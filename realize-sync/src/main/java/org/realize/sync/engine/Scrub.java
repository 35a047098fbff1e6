package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.arena.ArenaFindings;
import org.realize.sync.content.ContentVerifier;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slow reading of all bytes that an arena has here, cached ones and real files, so that bits
 * that have turned on the disk are found while peers still have the right ones. Wrong bytes are
 * replaced by a peer's, and listed. One step verifies one blob or one real file. A pass is resumed
 * where it was stopped, after a restart too; the next one begins a week after the last has ended.
 * Until then, real files that could not be repaired are tried again every hour.
 */
public final class Scrub implements Job {

  private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

  /** After a start the machine has other things to do. */
  static final Duration FIRST = Duration.ofMinutes(10);

  static final Duration REST = Duration.ofDays(7);

  /** The time from one attempt to repair what could not be repaired to the next. */
  static final Duration RETRY = Duration.ofHours(1);

  /** The receiver of what was verified, and of everything that is not as it should be. */
  public interface ScrubListener {
    /** So many more bytes were compared. */
    void checked(long bytes);

    /** Wrong bytes were found, or none could be read; {@code subject} names where. */
    void damaged(String subject, ContentVerifier.Result result);
  }

  /** Blobs of one read of the table. */
  private static final int PAGE = 100;

  /** The longest time between two notes of the position: what a restart repeats at most. */
  private static final Duration NOTE = Duration.ofMinutes(5);

  /** The most real files that are retried between two passes. */
  private static final int MAX_UNREPAIRED = 1_000;

  private final ArenaStore store;
  private final ContentVerifier verifier;
  private final ArenaFindings findings;
  private final ScrubListener listener;
  private final TimeSource time;
  private final Set<RelativePath> unrepaired = new LinkedHashSet<>();
  private final Deque<BlobInfo> page = new ArrayDeque<>();
  private final Deque<Level> levels = new ArrayDeque<>();
  private boolean begun;
  private boolean resumed;
  private long nextPage;
  private ScrubPosition position;
  private long notedMillis;
  private long checkedBytes;
  private long wrongBytes;

  /**
   * A directory on the way to the next real file.
   *
   * @param after parts of the path, in this directory, after which the pass is resumed
   */
  private record Level(Iterator<PathState> left, List<String> after) {}

  /** The scrub of the arena of {@code verifier}, which limits how fast it reads. */
  public Scrub(ContentVerifier verifier, ScrubListener listener) throws RealizeException {
    this.store = verifier.arena().store();
    this.verifier = verifier;
    this.findings = verifier.arena().findings();
    this.listener = listener;
    this.time = verifier.arena().time();
    position =
        store.read(ScrubPosition::read).orElseGet(() -> ScrubPosition.start(time.unixMillis()));
  }

  @Override
  public String purpose() {
    return "scrub";
  }

  /** Verifies one blob or one real file, or waits for the next pass. */
  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    if (!begun) {
      begun = true;
      return Optional.of(FIRST);
    }
    if (position.isEnded()) {
      if (time.unixMillis() - position.endMillis() < REST.toMillis()) {
        retry();
        return Optional.of(RETRY);
      }
      position = ScrubPosition.start(time.unixMillis());
      resumed = false;
    }
    if (!resumed) {
      resume();
    }
    if (verifyNext()) {
      return Optional.of(Duration.ZERO);
    }
    LOG.info(
        "arena {}: {} bytes verified, {} of them had changed on the disk",
        store.arena(),
        checkedBytes,
        wrongBytes);
    return Optional.of(RETRY);
  }

  /** Begins to count, and finds the place where the last life of the pass was stopped. */
  private void resume() throws RealizeException {
    resumed = true;
    notedMillis = time.unixMillis();
    unrepaired.clear();
    checkedBytes = 0;
    wrongBytes = 0;
    page.clear();
    nextPage = position.blob();
    levels.clear();
    enter(RelativePath.ROOT, position.path().parts());
  }

  /** False if nothing was left, which ends the pass. */
  private boolean verifyNext() throws RealizeException, InterruptedException {
    Optional<BlobInfo> blob = nextBlob();
    if (blob.isPresent()) {
      ContentVerifier.Result result = verifier.cached(blob.get().hash());
      if (count(result)) {
        list(Part.CACHE_SCRUB, name(blob.get()), result);
      }
      return true;
    }
    Optional<PathState> real = nextReal();
    if (real.isPresent()) {
      verify(real.get());
      reached(position.at(real.get().path()));
      return true;
    }
    findings.removeOlderThan(position.startMillis(), EnumSet.of(Part.CACHE_SCRUB, Part.REAL_SCRUB));
    note(position.ended(time.unixMillis()));
    return false;
  }

  /** The next blob with bytes; a page is noted once all its blobs were verified. */
  private Optional<BlobInfo> nextBlob() throws RealizeException {
    while (true) {
      BlobInfo next = page.poll();
      if (next != null && next.availableBytes() > 0) {
        return Optional.of(next);
      }
      if (next != null) {
        continue;
      }
      if (position.blob() != nextPage) {
        reached(position.atBlob(nextPage));
      }
      if (nextPage == BlobPage.END) {
        return Optional.empty();
      }
      BlobPage read = store.read(reader -> reader.blobPage(nextPage, PAGE));
      page.addAll(read.blobs());
      nextPage = read.next();
    }
  }

  private void enter(RelativePath directory, List<String> after) throws RealizeException {
    Collection<PathState> children = store.read(reader -> reader.children(directory)).values();
    levels.push(new Level(children.iterator(), after));
  }

  /** The next path after the position, in the order of directories and their names. */
  private Optional<PathState> nextReal() throws RealizeException {
    while (!levels.isEmpty()) {
      Level level = levels.peek();
      if (!level.left().hasNext()) {
        levels.pop();
        continue;
      }
      PathState state = level.left().next();
      List<String> after = level.after();
      int order = after.isEmpty() ? 1 : state.path().name().compareTo(after.getFirst());
      if (order >= 0 && mayHoldOthers(state)) {
        enter(state.path(), order > 0 ? List.of() : after.subList(1, after.size()));
      }
      if (order > 0) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }

  /** Repairs real files that could not be repaired in the last pass. */
  private void retry() throws RealizeException, InterruptedException {
    for (RelativePath path : List.copyOf(unrepaired)) {
      Optional<PathState> state = store.read(reader -> reader.path(path));
      unrepaired.remove(path);
      if (state.isPresent()) {
        verify(state.get());
      }
    }
  }

  private String name(BlobInfo blob) throws RealizeException {
    List<RelativePath> paths = store.read(reader -> reader.blobReferences(blob.hash(), 1));
    return paths.isEmpty() ? blob.hash().hex8() : paths.getFirst().toString();
  }

  private static boolean mayHoldOthers(PathState state) {
    return !(state.shown().content() instanceof Content.File)
        || (state.real() != null && !(state.real().version().content() instanceof Content.File));
  }

  private void verify(PathState state) throws RealizeException, InterruptedException {
    ContentVerifier.Result result = verifier.real(state);
    if (count(result)) {
      list(Part.REAL_SCRUB, state.path().toString(), result);
    }
    if (result.isUnrepaired() && unrepaired.size() < MAX_UNREPAIRED) {
      unrepaired.add(state.path());
    }
  }

  /** True if there is something to list. */
  private boolean count(ContentVerifier.Result result) {
    listener.checked(result.checkedBytes());
    checkedBytes += result.checkedBytes();
    wrongBytes += result.wrongBytes();
    return result.wrongBytes() > 0 || result.isUnrepaired();
  }

  private void reached(ScrubPosition next) throws RealizeException {
    position = next;
    if (time.unixMillis() - notedMillis >= NOTE.toMillis()) {
      note(next);
    }
  }

  private void note(ScrubPosition next) throws RealizeException {
    position = next;
    position.write(store);
    notedMillis = time.unixMillis();
  }

  private void list(Part part, String subject, ContentVerifier.Result result) {
    Finding.Key key =
        new Finding.Key(Finding.FindingKind.FAILED, Finding.FindingSource.of(part), subject);
    String cause = result.describe();
    listener.damaged(key.toFinding(cause, 0).place(), result);
    findings.list(key, cause);
  }
}
