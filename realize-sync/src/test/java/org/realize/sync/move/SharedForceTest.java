package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/** One force for many, and none that began too early. */
final class SharedForceTest {
  private static final int CALLERS = 20;
  private static final int FILES = 25;

  private final MemoryDisk disk = new MemoryDisk(new ManualTime());
  private final SharedForce shared = new SharedForce(disk);

  private void write(String name) throws IOException {
    try (DiskFile file = disk.open(RelativePath.of(name), OpenMode.CREATE_NEW)) {
      file.write(java.nio.ByteBuffer.allocate(9), 0);
    }
  }

  /** Whatever has returned is there after the power was cut. */
  @Test
  void force_manyAtOnce_makesDurableWhatEachDidBefore() throws Exception {
    AtomicInteger failures = new AtomicInteger();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      int caller = i;
      callers.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int file = 0; file < FILES; file++) {
                    write(caller + "-" + file);
                    shared.force(RelativePath.ROOT);
                  }
                } catch (IOException e) {
                  failures.incrementAndGet();
                }
              }));
    }
    for (Thread caller : callers) {
      assertThat(caller.join(Duration.ofSeconds(30))).isTrue();
    }
    disk.powerCut(new SplittableRandom(1));
    assertThat(failures.get()).isZero();
    assertThat(disk.list(RelativePath.ROOT).names()).hasSize(CALLERS * FILES);
    assertThat(disk.user().read("7-24")).hasSize(9);
  }

  @Test
  void force_thatFails_isTold() throws Exception {
    write("f");
    disk.powerOffAfter(0);
    assertThatThrownBy(() -> shared.force(RelativePath.ROOT)).isInstanceOf(IOException.class);
    disk.kill();
    shared.force(RelativePath.ROOT);
    disk.powerCut(new SplittableRandom(1));
    assertThat(disk.user().read("f")).hasSize(9);
  }
}
