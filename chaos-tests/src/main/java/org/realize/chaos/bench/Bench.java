package org.realize.chaos.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.realize.chaos.process.Launcher;

/**
 * The program behind {@code scripts/bench}. Arguments: the repository, a work directory that it may
 * fill, the JSON file to write, then the parts to run ({@code scan read tree wide delta move sync
 * update compress memory cache fill judge edit idle idle-many}; none: all), and {@code --quick} for
 * a tenth of the data and one run.
 */
public final class Bench {

  private Bench() {}

  /** Exits 0 when everything could be measured, whatever the figures. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Launcher launcher = Launcher.script(Path.of(arguments[0]));
    Path work = Files.createDirectories(Path.of(arguments[1]));
    Path json = Path.of(arguments[2]);
    Set<String> parts = new TreeSet<>(List.of(arguments).subList(3, arguments.length));
    boolean quick = parts.remove("--quick");
    if (parts.isEmpty()) {
      parts.addAll(
          List.of(
              "scan",
              "read",
              "tree",
              "wide",
              "delta",
              "move",
              "sync",
              "update",
              "compress",
              "memory",
              "cache",
              "fill",
              "judge",
              "edit",
              "idle",
              "idle-many"));
    }
    int runs = quick ? 1 : 3;
    int scale = quick ? 10 : 1;
    List<Figure> figures = new ArrayList<>();
    for (String part : parts) {
      List<Figure> more =
          switch (part) {
            case "scan" -> ScanBench.run(launcher, work, 20_000 / scale, runs);
            case "read" -> ReadBench.run(launcher, work, (1L << 30) / scale, runs);
            case "tree" -> TreeBench.many(launcher, work, 100_000 / scale, runs);
            case "wide" -> TreeBench.wide(launcher, work, 1_000_000 / scale);
            case "move" -> MoveBench.run(launcher, work, 10_000 / scale, (1L << 30) / scale, runs);
            case "sync" -> SyncBench.run(launcher, work, 10_000 / scale, (4L << 30) / scale);
            case "update" -> UpdateBench.run(launcher, work, (1L << 30) / scale, runs);
            case "compress" -> CompressBench.run(launcher, work, !quick, runs);
            case "memory" -> MemoryBench.run(launcher, work, (8L << 30) / scale, runs);
            case "cache" ->
                CacheBench.run(work, 64 / (quick ? 8 : 1), 16 << 20, 1_000_000 / scale, runs);
            case "fill" -> FillBench.run(launcher, work, 64, (64L << 20) / scale, runs);
            case "judge" -> JudgeBench.run(runs);
            case "edit" ->
                MountBench.run(launcher, work, 10_000 / scale, (512L << 20) / scale, runs);
            case "idle" -> IdleBench.run(launcher, work, 10_000 / scale, Duration.ofMinutes(2));
            case "idle-many" ->
                IdleBench.run(launcher, work, 100_000 / scale, Duration.ofMinutes(2));
            case "delta" -> DeltaBench.run(work, (256L << 20) / scale, runs);
            default -> throw new IllegalArgumentException("no part " + part);
          };
      more.forEach(figure -> System.out.println(figure.row()));
      figures.addAll(more);
    }
    Files.createDirectories(json.toAbsolutePath().getParent());
    new ObjectMapper()
        .writerWithDefaultPrettyPrinter()
        .writeValue(
            json.toFile(),
            Map.of(
                "at", Instant.now().toString(),
                "processors", Runtime.getRuntime().availableProcessors(),
                "kernel", System.getProperty("os.version"),
                "figures", figures));
  }
}
