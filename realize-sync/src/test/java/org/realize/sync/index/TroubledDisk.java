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
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;

/** A disk on which paths can be refused or lie on other devices, and reads can be overtaken. */
final class TroubledDisk implements Disk {

  /** What happens during a read. */
  @FunctionalInterface
  interface Meanwhile {
    void happens() throws IOException;
  }

  final Set<RelativePath> refused = new HashSet<>();
  final Map<RelativePath, Long> devices = new HashMap<>();
  final Map<RelativePath, Meanwhile> duringRead = new HashMap<>();
  final Map<RelativePath, Meanwhile> duringEveryRead = new HashMap<>();
  boolean sharesBlocks = true;
  final Map<RelativePath, Integer> reads = new HashMap<>();
  private final Disk disk;

  TroubledDisk(Disk disk) {
    this.disk = disk;
  }

  private void check(RelativePath path) throws IOException {
    for (RelativePath no : refused) {
      if (no.contains(path)) {
        throw new AccessDeniedException(path.toString());
      }
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
    return disk.list(directory);
  }

  @Override
  public Entries entries(RelativePath directory) throws IOException {
    check(directory);
    Entries entries = disk.entries(directory);
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
    return disk.stat(path).map(stat -> moved(path, stat));
  }

  @Override
  public long fileSystemType(RelativePath directory) throws IOException {
    check(directory);
    return disk.fileSystemType(directory);
  }

  @Override
  public DiskFile open(RelativePath path, OpenMode mode) throws IOException {
    check(path);
    DiskFile file = disk.open(path, mode);
    if (mode != OpenMode.READ) {
      return sharesBlocks ? file : new Overtaken(path, file);
    }
    reads.merge(path, 1, Integer::sum);
    return new Overtaken(path, file);
  }

  @Override
  public String readLink(RelativePath path) throws IOException {
    check(path);
    return disk.readLink(path);
  }

  @Override
  public void createDirectory(RelativePath path) throws IOException {
    disk.createDirectory(path);
  }

  @Override
  public void delete(RelativePath path) throws IOException {
    disk.delete(path);
  }

  @Override
  public void rename(RelativePath source, RelativePath target) throws IOException {
    disk.rename(source, target);
  }

  @Override
  public void renameNew(RelativePath source, RelativePath target) throws IOException {
    disk.renameNew(source, target);
  }

  @Override
  public void exchange(RelativePath one, RelativePath other) throws IOException {
    disk.exchange(one, other);
  }

  @Override
  public void link(RelativePath existing, RelativePath name) throws IOException {
    disk.link(existing, name);
  }

  @Override
  public void forceAll() throws IOException {
    disk.forceAll();
  }

  @Override
  public void forceDirectory(RelativePath directory) throws IOException {
    disk.forceDirectory(directory);
  }

  @Override
  public DiskUsage usage() throws IOException {
    return disk.usage();
  }

  /** Lets something happen, once, after the first read of a file. */
  private final class Overtaken implements DiskFile {
    private final RelativePath path;
    private final DiskFile file;

    Overtaken(RelativePath path, DiskFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer destination, long offsetBytes) throws IOException {
      int count = file.read(destination, offsetBytes);
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
    public void write(ByteBuffer source, long offsetBytes) throws IOException {
      file.write(source, offsetBytes);
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      file.truncate(sizeBytes);
    }

    @Override
    public OpenState openForWriting() throws IOException {
      return file.openForWriting();
    }

    @Override
    public boolean writeBack() throws IOException {
      return file.writeBack();
    }

    @Override
    public void setAttributes(int mode, FileTime mtime) throws IOException {
      file.setAttributes(mode, mtime);
    }

    @Override
    public List<String> takeAttributes(DiskFile source) throws IOException {
      return file.takeAttributes(source instanceof Overtaken wrapped ? wrapped.file : source);
    }

    @Override
    public long nextData(long offsetBytes) throws IOException {
      return file.nextData(offsetBytes);
    }

    @Override
    public long sizeBytes() throws IOException {
      return file.sizeBytes();
    }

    @Override
    public long allocatedBytes() throws IOException {
      return file.allocatedBytes();
    }

    @Override
    public FileStat stat() throws IOException {
      return moved(path, file.stat());
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
