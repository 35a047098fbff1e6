package org.realize.sync.real;

import org.realize.sync.port.Disk;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.UserFiles;

class MemoryRealTest extends RealContract {

  @Override
  protected Disk newDisk(ManualTime time) {
    return new MemoryDisk(time);
  }

  @Override
  protected UserFiles userOf(Disk disk) {
    return ((MemoryDisk) disk).user();
  }
}
