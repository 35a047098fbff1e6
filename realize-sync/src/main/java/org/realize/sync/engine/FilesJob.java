package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.ContentVerifier;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.Listed;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.transfer.Downloader;

/**
 * A user's order for the files at and below one path of an arena: fetch them, evict them or verify
 * them. The files are listed when the job is made, by path; one step is one file. A file that fails
 * is reported and does not stop the others.
 */
public final class FilesJob implements Job {

  /** Names of a directory that are read at once. */
  private static final int PAGE = 1_000;

  /** The work to do on each file. */
  public enum Task {
    /** Have all bytes here. */
    FETCH,
    /** Give up cached bytes that other peers have. */
    EVICT,
    /** Compare the bytes that are here with their hashes, and repair them. */
    VERIFY
  }

  /** The result of one file. */
  public enum FilesOutcome {
    FETCHED,
    /** All bytes were here already. */
    WAS_HERE,
    EVICTED,
    /** Nothing of it was cached. */
    WAS_NOT_HERE,
    /** Its bytes must stay, or are in use. */
    STAYS,
    SOUND,
    /** Wrong bytes were found; the message says whether they were replaced. */
    DAMAGED,
    /** A program has changed the file since it was indexed. */
    CHANGED,
    FAILED
  }

  /** A file and the content that its arena shows. */
  public record ShownFile(RelativePath path, Content.File content) {}

  /** The receiver of each result, on the thread that steps. */
  @FunctionalInterface
  public interface FilesListener {
    /**
     * A file was worked on.
     *
     * @param message the reason, for people; empty where there is nothing to say
     */
    void worked(ShownFile file, FilesOutcome outcome, String message) throws InterruptedException;
  }

  private record FileResult(FilesOutcome outcome, String message) {
    FileResult(FilesOutcome outcome) {
      this(outcome, "");
    }
  }

  private final ContentVerifier verifier;
  private final Downloader downloader;
  private final Scrub.ScrubListener damage;
  private final Task task;
  private final FilesListener listener;
  private final Deque<ShownFile> left;

  /**
   * Lists the files.
   *
   * @param verifier of the arena
   * @param damage gets notice of wrong bytes
   * @param top a file or a directory
   * @throws NotFound if nothing is shown at {@code top}
   */
  public FilesJob(
      ContentVerifier verifier,
      Downloader downloader,
      Scrub.ScrubListener damage,
      Task task,
      RelativePath top,
      FilesListener listener)
      throws RealizeException {
    this.verifier = verifier;
    this.downloader = downloader;
    this.damage = damage;
    this.task = task;
    this.listener = listener;
    this.left = new ArrayDeque<>(shownFiles(verifier.arena().store(), top));
  }

  /** The files that are still to be worked on. */
  public List<ShownFile> left() {
    return List.copyOf(left);
  }

  @Override
  public String purpose() {
    return switch (task) {
      case FETCH -> "fetch files";
      case EVICT -> "evict files";
      case VERIFY -> "verify files";
    };
  }

  @Override
  public Optional<Duration> step() throws InterruptedException {
    ShownFile file = left.poll();
    if (file == null) {
      return Optional.empty();
    }
    FileResult result;
    try {
      result =
          switch (task) {
            case FETCH -> fetch(file);
            case EVICT -> evict(file);
            case VERIFY -> verify(file);
          };
    } catch (RealizeException e) {
      result = new FileResult(FilesOutcome.FAILED, e.oneLine());
    }
    listener.worked(file, result.outcome(), result.message());
    return left.isEmpty() ? Optional.empty() : Optional.of(Duration.ZERO);
  }

  private FileResult fetch(ShownFile file) throws RealizeException, InterruptedException {
    if (isHere(file)) {
      return new FileResult(FilesOutcome.WAS_HERE);
    }
    requireRoom(file);
    downloader.download(file.path(), file.content());
    return new FileResult(FilesOutcome.FETCHED);
  }

  /** A file that can never fit is refused before anything is fetched, or evicted, for it. */
  private void requireRoom(ShownFile file) throws DiskFull {
    Arena arena = verifier.arena();
    long capacity = arena.blobs().report().capacityBytes();
    long size = file.content().sizeBytes();
    if (size > capacity) {
      throw new DiskFull(
          ("cache of arena '%s' is too small: it may hold %,d bytes, and '%s' has %,d; see 'realize"
                  + " cache show'")
              .formatted(arena.name(), capacity, file.path(), size),
          null);
    }
  }

  private boolean isHere(ShownFile file) throws RealizeException {
    Optional<PathState> state = verifier.arena().store().read(reader -> reader.path(file.path()));
    long size = file.content().sizeBytes();
    if (size == 0 || (state.isPresent() && state.get().isReal(file.content()))) {
      return true;
    }
    Optional<Blob> found = verifier.arena().blobs().find(file.content().hash());
    if (found.isEmpty()) {
      return false;
    }
    try (Blob blob = found.get()) {
      return blob.readable(0, size);
    }
  }

  private FileResult evict(ShownFile file) throws RealizeException {
    return switch (verifier.arena().blobs().evict(file.content().hash())) {
      case GONE -> new FileResult(FilesOutcome.EVICTED);
      case ABSENT -> new FileResult(FilesOutcome.WAS_NOT_HERE);
      case OPEN -> new FileResult(FilesOutcome.STAYS, "somebody has it open");
      case MARKED -> new FileResult(FilesOutcome.STAYS, "it is marked to be kept here");
      case LAST_COPY -> new FileResult(FilesOutcome.STAYS, "no other peer is known to have it");
    };
  }

  /** Verifies what is cached of the file, and the real file, which may be of another version. */
  private FileResult verify(ShownFile file) throws RealizeException, InterruptedException {
    List<ContentVerifier.Result> results = new ArrayList<>();
    results.add(verifier.cached(file.content().hash()));
    Optional<PathState> state = verifier.arena().store().read(reader -> reader.path(file.path()));
    if (state.isPresent()) {
      results.add(verifier.real(state.get()));
    }
    for (ContentVerifier.Result result : results) {
      damage.checked(result.checkedBytes());
      if (result.wrongBytes() > 0 || result.isUnrepaired()) {
        damage.damaged("'%s'".formatted(file.path()), result);
        return new FileResult(FilesOutcome.DAMAGED, result.describe());
      }
      if (result.isChanged()) {
        return new FileResult(FilesOutcome.CHANGED, result.describe());
      }
    }
    boolean isHere = results.stream().anyMatch(result -> result.checkedBytes() > 0);
    return new FileResult(isHere ? FilesOutcome.SOUND : FilesOutcome.WAS_NOT_HERE);
  }

  private static List<ShownFile> shownFiles(ArenaStore store, RelativePath top)
      throws RealizeException {
    record At(Node node, RelativePath path) {}
    Node found =
        find(store, top)
            .orElseThrow(
                () -> new NotFound("nothing is at '%s' of %s".formatted(top, store.arena())));
    List<ShownFile> files = new ArrayList<>();
    Deque<At> waiting = new ArrayDeque<>(List.of(new At(found, top)));
    while (!waiting.isEmpty()) {
      At at = waiting.removeLast();
      switch (at.node().content()) {
        case Content.File content -> files.add(new ShownFile(at.path(), content));
        case Content.Directory() -> {
          for (Node child : children(store, at.node().inode())) {
            waiting.add(new At(child, at.path().child(child.name())));
          }
        }
        case Content.Link _, Content.Absent _ -> {}
      }
    }
    files.sort(Comparator.comparing(ShownFile::path));
    return files;
  }

  private static Optional<Node> find(ArenaStore store, RelativePath path) throws RealizeException {
    return store.read(reader -> {
      Optional<Node> node = reader.node(reader.root());
      for (String part : path.parts()) {
        if (node.isPresent()) {
          node = reader.child(node.get().inode(), part);
        }
      }
      return node;
    });
  }

  private static List<Node> children(ArenaStore store, Inode directory) throws RealizeException {
    List<Node> children = new ArrayList<>();
    List<Listed> page;
    long cursor = 0;
    do {
      long after = cursor;
      page = store.read(reader -> reader.list(directory, after, PAGE));
      for (Listed listed : page) {
        children.add(listed.node());
        cursor = listed.cursor();
      }
    } while (!page.isEmpty());
    return children;
  }
}
