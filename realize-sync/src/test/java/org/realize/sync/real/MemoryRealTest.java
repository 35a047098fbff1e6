package org.realize.sync.real;

import java.io.IOException;
import org.junit.jupiter.api.Nested;
import org.realize.sync.port.Disk;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.UserFiles;

class MemoryRealTest {

  @Nested
  class OneFileSystem extends RealContract {
    @Override
    protected Disk newDisk(ManualTime time) throws IOException {
      return new MemoryDisk(time);
    }

    @Override
    protected UserFiles userOf(Disk disk) {
      return ((MemoryDisk) disk).user();
    }
  }

  /** The file lies in a mount of the root's own device, which no rename leaves either. */
  @Nested
  class BindMount extends OneFileSystem {
    @Override
    protected Disk newDisk(ManualTime time) throws IOException {
      MemoryDisk disk = new MemoryDisk(time);
      disk.user().createDirectory("d");
      disk.mount("d", disk.volume(1, MemoryDisk.EXT4));
      return disk;
    }
  }
}
