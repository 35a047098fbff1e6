package org.realize.sync.engine;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Throttle;

/**
 * Reads all bytes that an arena has here once more, cached ones and real files, slowly, so that
 * bits that have turned on the disk are found while peers still have the right ones. What is wrong
 * is got from them, and the user is told. A pass goes on where it was stopped, also by a restart.
 * Used by one thread.
 */
public final class Scrub {

  /**
   * What one pass did.
   *
   * @param checkedBytes since it was begun, or gone on with
   * @param wrongBytes of these
   */
  public record Pass(long checkedBytes, long wrongBytes) {}

  /** Is told what was read, and of everything that is not as it should be. */
  public interface Listener {
    /** So many more bytes were compared. */
    void checked(long bytes);

    /** Wrong bytes were found, or none could be read; {@code subject} names where. */
    void damaged(String subject, Checkup.Result result);
  }

  /** Blobs of one read of the table. */
  private static final int PAGE = 100;

  /** After a restart, so much is checked once more at most. */
  private static final Duration NOTE = Duration.ofMinutes(5);

  /** Real files that are tried again between two passes, at most. */
  private static final int MAX_UNREPAIRED = 1_000;

  private static final String CACHE = "cache of ";
  private static final String REAL = "real file ";

  private final ArenaStore store;
  private final Checkup checkup;
  private final Listener listener;
  private final TimeSource time;
  private final Set<RelativePath> unrepaired = new LinkedHashSet<>();
  private ScrubPosition position;
  private long notedMillis;
  private long checkedBytes;
  private long wrongBytes;

  /** Reads no faster than {@code throttle} lets it. */
  public Scrub(Checkup.Parts parts, Throttle throttle, Listener listener) throws RealizeException {
    this.store = parts.store();
    this.checkup = new Checkup(parts, throttle);
    this.listener = listener;
    this.time = parts.time();
    position =
        store.read(ScrubPosition::read).orElseGet(() -> ScrubPosition.start(time.unixMillis()));
  }

  /** When the last pass ended, in milliseconds since 1970; empty while one is to go on. */
  public Optional<Long> endedMillis() {
    return position.isEnded() ? Optional.of(position.endMillis()) : Optional.empty();
  }

  /**
   * Checks everything once, from where the last pass was stopped; what was found wrong before it
   * and is not now is forgotten.
   */
  public Pass pass() throws RealizeException, InterruptedException {
    if (position.isEnded()) {
      position = ScrubPosition.start(time.unixMillis());
    }
    notedMillis = time.unixMillis();
    unrepaired.clear();
    checkedBytes = 0;
    wrongBytes = 0;
    blobs();
    reals(RelativePath.ROOT, position.path().parts());
    forgetOlderThan(position.startMillis());
    note(position.ended(time.unixMillis()));
    return new Pass(checkedBytes, wrongBytes);
  }

  /** Tries once more to repair the real files that could not be at the last pass. */
  public void again() throws RealizeException, InterruptedException {
    for (RelativePath path : List.copyOf(unrepaired)) {
      Optional<PathState> state = store.read(reader -> reader.path(path));
      unrepaired.remove(path);
      if (state.isPresent()) {
        real(state.get());
      }
    }
  }

  private void blobs() throws RealizeException, InterruptedException {
    while (position.blob() != BlobPage.END) {
      long after = position.blob();
      BlobPage page = store.read(reader -> reader.blobPage(after, PAGE));
      for (BlobInfo blob : page.blobs()) {
        if (blob.availableBytes() > 0) {
          Checkup.Result result = checkup.cached(blob.hash());
          if (count(result)) {
            tell(CACHE + name(blob), result);
          }
        }
      }
      reached(position.atBlob(page.next()));
    }
  }

  private String name(BlobInfo blob) throws RealizeException {
    List<RelativePath> paths = store.read(reader -> reader.blobReferences(blob.hash(), 1));
    return paths.isEmpty() ? blob.hash().hex8() : "'" + paths.getFirst() + "'";
  }

  /** Checks what lies in {@code directory}, in order, behind the path whose rest is given. */
  private void reals(RelativePath directory, List<String> after)
      throws RealizeException, InterruptedException {
    for (PathState state : store.read(reader -> reader.children(directory)).values()) {
      int order = after.isEmpty() ? 1 : state.path().name().compareTo(after.getFirst());
      if (order > 0) {
        real(state);
        reached(position.at(state.path()));
      }
      if (order >= 0 && mayHoldOthers(state)) {
        reals(state.path(), order > 0 ? List.of() : after.subList(1, after.size()));
      }
    }
  }

  private static boolean mayHoldOthers(PathState state) {
    return !(state.shown().content() instanceof Content.File)
        || (state.real() != null && !(state.real().version().content() instanceof Content.File));
  }

  private void real(PathState state) throws RealizeException, InterruptedException {
    Checkup.Result result = checkup.real(state);
    if (count(result)) {
      tell(REAL + "'" + state.path() + "'", result);
    }
    if (result.isUnrepaired() && unrepaired.size() < MAX_UNREPAIRED) {
      unrepaired.add(state.path());
    }
  }

  /** True if there is something to tell. */
  private boolean count(Checkup.Result result) {
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

  private void tell(String subject, Checkup.Result result) throws RealizeException {
    listener.damaged(subject, result);
    String cause = result.describe();
    store.write(writer -> {
      writer.putFinding(new Finding(Finding.Kind.FAILED, subject, cause, time.unixMillis()));
    });
  }

  private void forgetOlderThan(long millis) throws RealizeException {
    List<String> over =
        store.read(reader -> reader.findings(Integer.MAX_VALUE)).stream()
            .filter(finding -> finding.sinceMillis() < millis)
            .map(Finding::subject)
            .filter(subject -> subject.startsWith(CACHE) || subject.startsWith(REAL))
            .toList();
    if (!over.isEmpty()) {
      store.write(writer -> {
        for (String subject : over) {
          writer.removeFinding(Finding.Kind.FAILED, subject);
        }
      });
    }
  }
}
