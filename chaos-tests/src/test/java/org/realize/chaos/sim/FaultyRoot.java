package org.realize.chaos.sim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.testing.ForwardingDisk;
import org.realize.sync.testing.ForwardingFile;

/** A root's disk, as a process sees it, with a fault point before and after each effect. */
final class FaultyRoot extends ForwardingDisk {

  private final FaultPoint faults;

  FaultyRoot(Disk disk, FaultPoint faults) {
    super(disk);
    this.faults = faults;
  }

  private interface Effect {
    void happen() throws IOException;
  }

  private interface Making<T> {
    T make() throws IOException;
  }

  private void passing(String what, Effect effect) throws IOException {
    faults.pass("before " + what);
    effect.happen();
    faults.pass("after " + what);
  }

  private <T> T making(String what, Making<T> making) throws IOException {
    faults.pass("before " + what);
    T made = making.make();
    faults.pass("after " + what);
    return made;
  }

  @Override
  public DiskFile open(RelativePath path, OpenMode mode) throws IOException {
    return new OpenedFile(
        mode == OpenMode.CREATE_NEW
            ? making("a new file", () -> super.open(path, mode))
            : super.open(path, mode));
  }

  @Override
  public void createDirectory(RelativePath path) throws IOException {
    passing("a new directory", () -> super.createDirectory(path));
  }

  @Override
  public List<String> createDirectoryLike(RelativePath path, RelativePath model)
      throws IOException {
    return making("a new directory", () -> super.createDirectoryLike(path, model));
  }

  @Override
  public void createLink(RelativePath path, String target) throws IOException {
    passing("a new link", () -> super.createLink(path, target));
  }

  @Override
  public void setAttributes(RelativePath path, int mode, FileTime mtime) throws IOException {
    passing("other attributes", () -> super.setAttributes(path, mode, mtime));
  }

  @Override
  public void delete(RelativePath path) throws IOException {
    passing("a deletion", () -> super.delete(path));
  }

  @Override
  public void deleteDirectory(RelativePath path) throws IOException {
    passing("a deletion", () -> super.deleteDirectory(path));
  }

  @Override
  public void rename(RelativePath source, RelativePath target) throws IOException {
    passing("a rename", () -> super.rename(source, target));
  }

  @Override
  public Optional<FileStat> renameNew(RelativePath source, RelativePath target) throws IOException {
    return making("a rename", () -> super.renameNew(source, target));
  }

  @Override
  public void exchange(RelativePath one, RelativePath other) throws IOException {
    passing("an exchange", () -> super.exchange(one, other));
  }

  @Override
  public void link(RelativePath existing, RelativePath name) throws IOException {
    passing("a further name", () -> super.link(existing, name));
  }

  @Override
  public void forceFileSystem(RelativePath directory) throws IOException {
    passing("a sync", () -> super.forceFileSystem(directory));
  }

  @Override
  public void forceFile(RelativePath path) throws IOException {
    passing("a sync", () -> super.forceFile(path));
  }

  @Override
  public void forceDirectory(RelativePath directory) throws IOException {
    passing("a sync", () -> super.forceDirectory(directory));
  }

  /** An open file of the root. */
  private final class OpenedFile extends ForwardingFile {
    OpenedFile(DiskFile file) {
      super(file);
    }

    @Override
    public void write(ByteBuffer source, long offsetBytes) throws IOException {
      passing("a write", () -> super.write(source, offsetBytes));
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      passing("a cut", () -> super.truncate(sizeBytes));
    }

    @Override
    public void discard(long startBytes, long endBytes) throws IOException {
      passing("a hole", () -> super.discard(startBytes, endBytes));
    }

    @Override
    public boolean share(DiskFile source, long startBytes, long endBytes) throws IOException {
      return making("a copy", () -> super.share(source, startBytes, endBytes));
    }

    @Override
    public void setAttributes(int mode, FileTime mtime) throws IOException {
      passing("other attributes", () -> super.setAttributes(mode, mtime));
    }

    @Override
    public List<String> takeAttributes(DiskFile source) throws IOException {
      return making("other attributes", () -> super.takeAttributes(source));
    }

    @Override
    public void force() throws IOException {
      passing("a sync", super::force);
    }
  }
}
