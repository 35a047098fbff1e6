package org.realize.store.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.testing.ForwardingDisk;
import org.realize.sync.testing.ForwardingFile;

/** A disk before another one that can be told to run out of room or to fail a sync. */
class FaultyDisk extends ForwardingDisk {

  private volatile long roomBytes = Long.MAX_VALUE;
  private volatile boolean failForce;

  private volatile boolean refuseShare;
  private final AtomicInteger shares = new AtomicInteger();

  FaultyDisk(Disk disk) {
    super(disk);
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
  public DiskFile open(RelativePath path, OpenMode mode) throws IOException {
    return new FaultyFile(super.open(path, mode));
  }

  private final class FaultyFile extends ForwardingFile {
    FaultyFile(DiskFile file) {
      super(file);
    }

    @Override
    public void write(ByteBuffer source, long offsetBytes) throws IOException {
      if (source.remaining() > roomBytes) {
        int part = (int) Math.min(roomBytes, source.remaining() / 2);
        super.write(source.slice(source.position(), part), offsetBytes);
        throw new DiskFullException("no space left on device");
      }
      super.write(source, offsetBytes);
    }

    @Override
    public boolean share(DiskFile source, long startBytes, long endBytes) throws IOException {
      if (endBytes - startBytes > roomBytes) {
        throw new DiskFullException("no space left on device");
      }
      boolean shared = !refuseShare && super.share(source, startBytes, endBytes);
      if (shared) {
        shares.incrementAndGet();
      }
      return shared;
    }

    @Override
    public void force() throws IOException {
      if (failForce) {
        throw new IOException("the disk lost something");
      }
      super.force();
    }
  }

  /** Names of the disk's root. */
  List<String> names() throws IOException {
    return list(RelativePath.ROOT).names();
  }
}
