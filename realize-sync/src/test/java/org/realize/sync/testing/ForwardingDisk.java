package org.realize.sync.testing;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;

/** A disk that passes every call on to another disk, for test doubles that change a few of them. */
public class ForwardingDisk implements Disk {

  private final Disk disk;

  public ForwardingDisk(Disk disk) {
    this.disk = disk;
  }

  @Override
  public Listing list(RelativePath directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public Entries entries(RelativePath directory) throws IOException {
    return disk.entries(directory);
  }

  @Override
  public Optional<FileStat> stat(RelativePath path) throws IOException {
    return disk.stat(path);
  }

  @Override
  public long fileSystemType(RelativePath directory) throws IOException {
    return disk.fileSystemType(directory);
  }

  @Override
  public DiskFile open(RelativePath path, OpenMode mode) throws IOException {
    return disk.open(path, mode);
  }

  @Override
  public String readLink(RelativePath path) throws IOException {
    return disk.readLink(path);
  }

  @Override
  public void createDirectory(RelativePath path) throws IOException {
    disk.createDirectory(path);
  }

  @Override
  public List<String> createDirectoryLike(RelativePath path, RelativePath model)
      throws IOException {
    return disk.createDirectoryLike(path, model);
  }

  @Override
  public void createLink(RelativePath path, String target) throws IOException {
    disk.createLink(path, target);
  }

  @Override
  public void setAttributes(RelativePath path, int mode, FileTime mtime) throws IOException {
    disk.setAttributes(path, mode, mtime);
  }

  @Override
  public void delete(RelativePath path) throws IOException {
    disk.delete(path);
  }

  @Override
  public void deleteDirectory(RelativePath path) throws IOException {
    disk.deleteDirectory(path);
  }

  @Override
  public void rename(RelativePath source, RelativePath target) throws IOException {
    disk.rename(source, target);
  }

  @Override
  public Optional<FileStat> renameNew(RelativePath source, RelativePath target) throws IOException {
    return disk.renameNew(source, target);
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
  public void forceFileSystem(RelativePath directory) throws IOException {
    disk.forceFileSystem(directory);
  }

  @Override
  public void forceFile(RelativePath path) throws IOException {
    disk.forceFile(path);
  }

  @Override
  public void forceDirectory(RelativePath directory) throws IOException {
    disk.forceDirectory(directory);
  }

  @Override
  public DiskUsage usage(RelativePath directory) throws IOException {
    return disk.usage(directory);
  }
}
