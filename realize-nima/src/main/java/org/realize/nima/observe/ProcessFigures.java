package org.realize.nima.observe;

import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.Tags;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.realize.sync.model.RealizeException.StorageFailed;

/** Figures of this process under the names that Prometheus's own clients give them. */
final class ProcessFigures {

  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessFigures() {}

  static void register(Metrics metrics) {
    Tags none = Tags.empty();
    UnixOperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);
    metrics.functionCounter(
        "process.cpu.seconds",
        "Processor time of the process, user and system",
        none,
        () -> system.getProcessCpuTime() / 1e9);
    metrics.gauge(
        "process.resident.memory.bytes",
        "Memory of the process that is in RAM",
        none,
        () -> statusBytes("VmRSS:"));
    metrics.gauge(
        "process.virtual.memory.bytes",
        "Address space of the process",
        none,
        () -> statusBytes("VmSize:"));
    metrics.gauge(
        "process.open.fds", "Open file descriptors", none, system::getOpenFileDescriptorCount);
    metrics.gauge(
        "process.max.fds",
        "File descriptors that may be open",
        none,
        system::getMaxFileDescriptorCount);
  }

  /** A line of the process's status, which is in KiB. */
  private static double statusBytes(String field) throws StorageFailed {
    try {
      List<String> lines = Files.readAllLines(STATUS);
      return lines.stream()
              .filter(line -> line.startsWith(field))
              .map(line -> line.substring(field.length()).replace("kB", "").strip())
              .mapToLong(Long::parseLong)
              .findFirst()
              .orElseThrow(() -> new StorageFailed("read " + field + " of " + STATUS, null))
          * 1024.0;
    } catch (IOException e) {
      throw new StorageFailed("read " + STATUS, e);
    }
  }
}
