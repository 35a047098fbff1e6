package org.realize.nima.daemon;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import javax.management.ListenerNotFoundException;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import org.realize.sync.posix.ProcessMemory;

/**
 * This process, whose heap the serial collector collects. With another collector nothing is seen of
 * its collections, and the sizes that are asked for are as that one takes them. Thread-safe.
 */
final class SerialHeap implements IdleHeap.JavaProcess {

  private static final Path MAPPINGS = Path.of("/proc/self/smaps");
  private static final String YOUNG = "Copy";

  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final HotSpotDiagnosticMXBean options =
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);

  @Override
  public long cpuNanos() {
    return system.getProcessCpuTime();
  }

  @Override
  public long heapBytes() {
    return Runtime.getRuntime().totalMemory();
  }

  @Override
  public void collect(IdleHeap.HeapRoom room) {
    options.setVMOption("MinHeapFreeRatio", "0"); // never above the other one
    options.setVMOption("MaxHeapFreeRatio", String.valueOf(room.mostPercent));
    options.setVMOption("MinHeapFreeRatio", String.valueOf(room.leastPercent));
    System.gc();
    if (room == IdleHeap.HeapRoom.LITTLE) {
      System.gc(); // soft references last one collection longer than they are used
    }
  }

  @Override
  public void giveBack() {
    try (Stream<String> mappings = Files.lines(MAPPINGS)) {
      ProcessMemory.giveBack(mappings.iterator());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Runnable watch(Runnable listener) {
    Optional<NotificationEmitter> young =
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .filter(collector -> collector.getName().equals(YOUNG))
            .map(NotificationEmitter.class::cast)
            .findFirst();
    if (young.isEmpty()) {
      return () -> {};
    }
    NotificationListener heard = (_, _) -> listener.run();
    young.get().addNotificationListener(heard, null, null);
    return () -> {
      try {
        young.get().removeNotificationListener(heard);
      } catch (ListenerNotFoundException e) {
        throw new IllegalStateException("a listener that was added", e);
      }
    };
  }
}
