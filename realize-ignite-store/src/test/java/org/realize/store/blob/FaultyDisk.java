package org.realize.store.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;

/** A disk before another one that can be told to run out of room or to fail a sync. */
class FaultyDisk implements Disk {

  private final Disk disk;
  private volatile long roomBytes = Long.MAX_VALUE;
  private volatile boolean failForce;

  private volatile boolean refuseShare;
  private final AtomicInteger shares = new AtomicInteger();

  FaultyDisk(Disk disk) {
    this.disk = disk;
  }

  /** Lets writes of more than this fail. */
  void leaveRoom(long bytes) {
    roomBytes = bytes;
  }

  void failForce(boolean fail) {
    failForce = fail;
  }

  /** Makes this a disk whose files cannot share room. */
  void refuseShare(boolean refuse) {
    refuseShare = refuse;
  }

  /** How often a file took room of another. */
  int shares() {
    return shares.get();
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
    return new FaultyFile(disk.open(path, mode));
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

  private final class FaultyFile implements DiskFile {
    private final DiskFile file;

    FaultyFile(DiskFile file) {
      this.file = file;
    }

    @Override
    public int read(ByteBuffer destination, long offsetBytes) throws IOException {
      return file.read(destination, offsetBytes);
    }

    @Override
    public void write(ByteBuffer source, long offsetBytes) throws IOException {
      if (source.remaining() > roomBytes) {
        int part = (int) Math.min(roomBytes, source.remaining() / 2);
        file.write(source.slice(source.position(), part), offsetBytes);
        throw new DiskFullException("no space left on device");
      }
      file.write(source, offsetBytes);
    }

    @Override
    public boolean share(DiskFile source, long startBytes, long endBytes) throws IOException {
      if (endBytes - startBytes > roomBytes) {
        throw new DiskFullException("no space left on device");
      }
      boolean shared = !refuseShare && file.share(((FaultyFile) source).file, startBytes, endBytes);
      if (shared) {
        shares.incrementAndGet();
      }
      return shared;
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      file.truncate(sizeBytes);
    }

    @Override
    public void discard(long startBytes, long endBytes) throws IOException {
      file.discard(startBytes, endBytes);
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
      return file.takeAttributes(source instanceof FaultyFile wrapped ? wrapped.file : source);
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
      return file.stat();
    }

    @Override
    public void force() throws IOException {
      if (failForce) {
        throw new IOException("the disk lost something");
      }
      file.force();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** Names of the disk's root. */
  List<String> names() throws IOException {
    return disk.list(RelativePath.ROOT).names();
  }
}
