package org.realize.chaos.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The cost of a process over some time, by the kernel's books.
 *
 * @param cpuPercent processor time, in percent of one core
 * @param wakeUps times a second that one of its threads went from waiting to running
 * @param residentMegabytes at the end
 * @param ownMegabytes of these, those of files that other processes have mapped too counted in
 *     parts (PSS)
 * @param threads at the end
 * @param writtenBytes what it made the kernel write to a disk, now or later
 * @param byThread wake-ups a second of each thread's name, those without any left out
 */
public record IdleCost(
    double cpuPercent,
    double wakeUps,
    double residentMegabytes,
    double ownMegabytes,
    int threads,
    long writtenBytes,
    Map<String, Double> byThread) {

  private static final double TICKS_PER_SECOND = 100;

  public IdleCost {
    byThread = Map.copyOf(byThread);
  }

  /** Watches the processes for that long, all at once. */
  public static List<IdleCost> of(List<Long> pids, Duration time)
      throws IOException, InterruptedException {
    List<CostSample> before = new ArrayList<>();
    for (long pid : pids) {
      before.add(CostSample.of(pid));
    }
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
    List<IdleCost> costs = new ArrayList<>();
    for (int i = 0; i < pids.size(); i++) {
      costs.add(between(before.get(i), CostSample.of(pids.get(i))));
    }
    return costs;
  }

  private static IdleCost between(CostSample before, CostSample after) {
    double seconds = (after.nanos - before.nanos) / 1e9;
    Map<String, Double> byThread = new TreeMap<>();
    double wakeUps = 0;
    for (Map.Entry<Long, Long> thread : after.switches.entrySet()) {
      double rate =
          (thread.getValue() - before.switches.getOrDefault(thread.getKey(), 0L)) / seconds;
      wakeUps += rate;
      if (rate > 0) {
        byThread.merge(after.names.getOrDefault(thread.getKey(), "?"), rate, Double::sum);
      }
    }
    return new IdleCost(
        100 * (after.cpuSeconds - before.cpuSeconds) / seconds,
        wakeUps,
        after.residentMegabytes,
        after.ownMegabytes,
        after.switches.size(),
        after.writtenBytes - before.writtenBytes,
        byThread);
  }

  private record CostSample(
      long nanos,
      double cpuSeconds,
      double residentMegabytes,
      double ownMegabytes,
      long writtenBytes,
      Map<Long, Long> switches,
      Map<Long, String> names) {

    static CostSample of(long pid) throws IOException {
      Path process = Path.of("/proc/" + pid);
      String stat = Files.readString(process.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      Map<Long, Long> switches = new TreeMap<>();
      Map<Long, String> names = new TreeMap<>();
      try (Stream<Path> tasks = Files.list(process.resolve("task"))) {
        for (Path task : tasks.toList()) {
          long id = Long.parseLong(String.valueOf(task.getFileName()));
          switches.put(id, number(task.resolve("status"), "voluntary_ctxt_switches:"));
          names.put(id, Files.readString(task.resolve("comm")).strip());
        }
      } catch (NoSuchFileException | UncheckedIOException ended) {
        return of(pid); // a thread ended between the list and the look at it
      }
      return new CostSample(
          System.nanoTime(),
          (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND,
          number(process.resolve("status"), "VmRSS:") * 1024 / 1e6,
          number(process.resolve("smaps_rollup"), "Pss:") * 1024 / 1e6,
          number(process.resolve("io"), "write_bytes:"),
          switches,
          names);
    }

    private static long number(Path file, String field) throws IOException {
      List<String> lines = Files.readAllLines(file);
      for (String line : lines) {
        if (line.startsWith(field)) {
          return Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      throw new IOException("no " + field + " in " + file);
    }
  }
}
