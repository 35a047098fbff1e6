package org.realize.sync.move;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.realize.sync.delta.DeltaEncoder;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;

/**
 * The files below a root of this machine as a source of moves. Thread-safe; a call holds at most
 * {@link Pieces#MAX_RANGE_BYTES}.
 */
public final class SourceFiles implements MoveSource {
  private static final DropOutcome KEPT = new DropOutcome.Kept();
  private static final Disk.Listing NO_NAMES = new Disk.Listing(List.of(), List.of());

  private final String name;
  private final Disk disk;
  private final SourceRules rules;

  /** The files of a disk, under a name for people. */
  SourceFiles(String name, Disk disk, SourceRules rules) {
    this.name = name;
    this.disk = disk;
    this.rules = rules;
  }

  @Override
  public String name() {
    return name;
  }

  private StorageFailed failure(String action, RelativePath path, IOException cause) {
    return new StorageFailed("%s '%s' at %s".formatted(action, path, name), cause);
  }

  private VersionGone gone(RelativePath path) {
    return new VersionGone("'%s' at %s changed since it was listed".formatted(path, name));
  }

  @Override
  public Page list(Optional<RelativePath> after, int max) throws RealizeException {
    rules.check();
    Page totals = rules.totals();
    Optional<RelativePath> start = after;
    while (true) {
      List<MovedFile> page = page(start, max);
      List<MovedFile> movable = rules.movable(page);
      if (page.isEmpty() || !movable.isEmpty()) {
        return new Page(movable, totals.totalFiles(), totals.totalBytes());
      }
      start = Optional.of(page.getLast().path());
    }
  }

  private List<MovedFile> page(Optional<RelativePath> after, int max) throws StorageFailed {
    try {
      return new RootListing(disk, after, max).run();
    } catch (IOException e) {
      throw failure("list", RelativePath.ROOT, e);
    }
  }

  @Override
  public Optional<MovedFile> current(RelativePath path) throws RealizeException {
    rules.check();
    try {
      Optional<FileStat> stat = disk.stat(path);
      if (stat.isEmpty()) {
        return Optional.empty();
      }
      Optional<MovedFile> now = MovedFile.of(disk, path, stat.get());
      return rules.movable(now.stream().toList()).stream().findFirst();
    } catch (IOException e) {
      throw failure("look at", path, e);
    }
  }

  /** A use of an open file. */
  private interface SourceUse<T> {
    T with(DiskFile open) throws IOException, RealizeException;
  }

  /** Opens a listed file, and sees to it that it is the listed one before and afterwards. */
  private <T> T use(MovedFile file, String action, SourceUse<T> use) throws RealizeException {
    if (rules.movable(List.of(file)).isEmpty()) {
      throw gone(file.path());
    }
    try (DiskFile open = disk.open(file.path(), OpenMode.READ)) {
      requireListed(file, open.stat());
      T result = use.with(open);
      requireListed(file, open.stat());
      return result;
    } catch (NoSuchFileException e) {
      throw gone(file.path());
    } catch (IOException e) {
      throw failure(action, file.path(), e);
    }
  }

  private void requireListed(MovedFile file, FileStat now) throws VersionGone {
    if (!file.stat().sameFile(now)) {
      throw gone(file.path());
    }
  }

  @Override
  public byte[] read(MovedFile file, ByteRange range) throws RealizeException {
    return use(
        file,
        "read",
        open -> {
          ByteBuffer bytes = ByteBuffer.allocate(FileBytes.length(range));
          open.read(bytes, range.startBytes());
          if (bytes.hasRemaining()) {
            throw gone(file.path());
          }
          return bytes.array();
        });
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range) throws RealizeException {
    return use(file, "hash", open -> FileBytes.hashes(open, range));
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature) throws RealizeException {
    return use(
        file,
        "diff",
        open -> {
          List<byte[]> deltas = new ArrayList<>();
          DeltaEncoder encoder = new DeltaEncoder(signature, deltas::add);
          FileBytes.eachPiece(open, range, encoder::update);
          encoder.finish();
          if (deltas.size() != 1) {
            throw gone(file.path());
          }
          byte[] delta = deltas.getFirst();
          return delta.length < range.lengthBytes() ? delta : new byte[0];
        });
  }

  @Override
  public List<DropOutcome> drop(List<MovedFile> files)
      throws RealizeException, InterruptedException {
    rules.check();
    List<DropOutcome> outcomes = new ArrayList<>(Collections.nCopies(files.size(), KEPT));
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      if (!holdsNames(files.get(i))) {
        places.add(i);
      }
    }
    Iterator<DropOutcome> dropped = rules.drop(places.stream().map(files::get).toList()).iterator();
    places.forEach(place -> outcomes.set(place, dropped.next()));
    return outcomes;
  }

  /** No peer is asked to pin a directory that stays. */
  private boolean holdsNames(MovedFile file) throws StorageFailed {
    try {
      Disk.Listing names = file.isDirectory() ? disk.list(file.path()) : NO_NAMES;
      return !names.names().isEmpty() || !names.undecodable().isEmpty();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false;
    } catch (IOException e) {
      throw failure("list", file.path(), e);
    }
  }
}
