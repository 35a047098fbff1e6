package org.realize.sync.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.testing.ForwardingDisk;
import org.realize.sync.testing.ForwardingFile;

/** A disk on which paths can be refused or lie on other devices, and reads can be overtaken. */
final class TroubledDisk extends ForwardingDisk {

  /** An event during a read. */
  @FunctionalInterface
  interface Meanwhile {
    void happens() throws IOException;
  }

  final Set<RelativePath> refused = new HashSet<>();

  /** Names that no file can be given. */
  final Set<RelativePath> refusedNames = new HashSet<>();

  final Map<RelativePath, Long> devices = new HashMap<>();
  final Map<RelativePath, Meanwhile> duringRead = new HashMap<>();
  final Map<RelativePath, Meanwhile> duringEveryRead = new HashMap<>();

  /** Happens before a name is given to a file that has another one. */
  final Map<RelativePath, Meanwhile> beforeNewName = new HashMap<>();

  boolean sharesBlocks = true;
  final Map<RelativePath, Integer> reads = new HashMap<>();

  TroubledDisk(Disk disk) {
    super(disk);
  }

  private void check(RelativePath path) throws IOException {
    for (RelativePath no : refused) {
      if (no.contains(path)) {
        throw new AccessDeniedException(path.toString());
      }
    }
  }

  private void checkName(RelativePath target) throws IOException {
    if (refusedNames.contains(target)) {
      throw new AccessDeniedException(target.toString());
    }
  }

  private FileStat moved(RelativePath path, FileStat stat) {
    long device = stat.device();
    for (Map.Entry<RelativePath, Long> mount : devices.entrySet()) {
      if (mount.getKey().contains(path)) {
        device = mount.getValue();
      }
    }
    return new FileStat(
        stat.kind(),
        stat.sizeBytes(),
        stat.mode(),
        stat.mtime(),
        stat.ctimeNanos(),
        stat.fileKey(),
        device,
        stat.links(),
        stat.birthNanos(),
        stat.mount());
  }

  @Override
  public Listing list(RelativePath directory) throws IOException {
    check(directory);
    return super.list(directory);
  }

  @Override
  public Entries entries(RelativePath directory) throws IOException {
    check(directory);
    Entries entries = super.entries(directory);
    List<Entry> moved = new ArrayList<>();
    for (Entry entry : entries.entries()) {
      FileStat stat = moved(directory.child(entry.name()), entry.stat());
      moved.add(new Entry(entry.name(), stat, entry.allocatedBytes()));
    }
    return new Entries(
        moved(directory, entries.directory()), moved, entries.undecodable(), entries.unreadable());
  }

  @Override
  public Optional<FileStat> stat(RelativePath path) throws IOException {
    if (path.parent().isPresent()) {
      check(path.parent().get());
    }
    return super.stat(path).map(stat -> moved(path, stat));
  }

  @Override
  public long fileSystemType(RelativePath directory) throws IOException {
    check(directory);
    return super.fileSystemType(directory);
  }

  @Override
  public DiskFile open(RelativePath path, OpenMode mode) throws IOException {
    check(path);
    DiskFile file = super.open(path, mode);
    if (mode != OpenMode.READ && mode != OpenMode.READ_UNNOTICED) {
      return sharesBlocks ? file : new Overtaken(path, file);
    }
    reads.merge(path, 1, Integer::sum);
    return new Overtaken(path, file);
  }

  @Override
  public String readLink(RelativePath path) throws IOException {
    check(path);
    return super.readLink(path);
  }

  @Override
  public void rename(RelativePath source, RelativePath target) throws IOException {
    checkName(target);
    super.rename(source, target);
  }

  @Override
  public Optional<FileStat> renameNew(RelativePath source, RelativePath target) throws IOException {
    checkName(target);
    Meanwhile meanwhile = beforeNewName.remove(target);
    if (meanwhile != null) {
      meanwhile.happens();
    }
    return super.renameNew(source, target);
  }

  /** Lets something happen, once, after the first read of a file. */
  private final class Overtaken extends ForwardingFile {
    private final RelativePath path;

    Overtaken(RelativePath path, DiskFile file) {
      super(file);
      this.path = path;
    }

    @Override
    public int read(ByteBuffer destination, long offsetBytes) throws IOException {
      int count = super.read(destination, offsetBytes);
      Meanwhile always = duringEveryRead.get(path);
      if (always != null) {
        always.happens();
      }
      Meanwhile meanwhile = duringRead.remove(path);
      if (meanwhile != null) {
        meanwhile.happens();
      }
      return count;
    }

    @Override
    public boolean share(DiskFile source, long startBytes, long endBytes) throws IOException {
      return sharesBlocks && super.share(source, startBytes, endBytes);
    }

    @Override
    public FileStat opened() {
      return moved(path, super.opened());
    }

    @Override
    public FileStat stat() throws IOException {
      return moved(path, super.stat());
    }
  }
}
