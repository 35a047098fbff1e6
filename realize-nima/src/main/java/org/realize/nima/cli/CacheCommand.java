package org.realize.nima.cli;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.CacheStatus;
import org.realize.nima.control.CacheStatus.CachedFile;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.CacheReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands {@code realize cache …}. */
@Command(name = "cache", description = "What this node keeps of files that are elsewhere.")
final class CacheCommand extends NodeCommand {

  @Command(description = "Shows how full the caches are, how much they save, and what goes next.")
  void show(@Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    List<CacheStatus> caches = daemon().caches();
    if (json) {
      printJson(caches);
    } else {
      print(caches);
    }
    out().flush();
  }

  private void print(List<CacheStatus> caches) {
    Table table =
        new Table(
            "ARENA", "HOLDS", "OF", "WORKING", "PROTECTED", "PENDING", "PINNED", "HITS 1H", "1D");
    for (CacheStatus cache : caches) {
      CacheReport report = cache.report();
      table.row(
          cache.arena().value(),
          size(report.usedBytes()),
          size(report.capacityBytes()),
          size(report.workingBytes()),
          size(report.protectedBytes()),
          size(report.pendingBytes()),
          size(report.pinnedBytes()),
          percent(cache.hitsOfHour()),
          percent(cache.hitsOfDay()));
    }
    table.print(out());
    for (CacheStatus cache : caches) {
      if (cache.report().isFull()) {
        out().printf("%n%s is full: all that it holds must stay%n", cache.arena());
      }
      files(cache.arena() + ", used most:", cache.hottest());
      files(cache.arena() + ", goes next:", cache.next());
    }
  }

  private void files(String heading, List<CachedFile> files) {
    if (files.isEmpty()) {
      return;
    }
    out().printf("%n%s%n", heading);
    for (CachedFile file : files) {
      out()
          .printf(
              "  %s  %s, %s, %,d uses%n",
              Printable.line(file.path()),
              size(file.bytes()),
              file.area().name().toLowerCase(Locale.ROOT),
              file.uses());
    }
  }

  private static String size(long bytes) {
    return new ByteSize(bytes).toString();
  }

  private static String percent(@Nullable Double part) {
    return part == null ? "-" : String.format(Locale.ROOT, "%.1f%%", 100 * part);
  }
}
