package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The yardstick for what moves: rsync's own daemon on loopback, without encryption. */
final class RsyncDaemon implements AutoCloseable {

  private static final Pattern TOTAL =
      Pattern.compile("^Total bytes (?:sent|received): ([0-9,]+)$", Pattern.MULTILINE);

  private final Path work;
  private final Process daemon;
  private final String url;

  private RsyncDaemon(Path work, Process daemon, String url) {
    this.work = work;
    this.daemon = daemon;
    this.url = url;
  }

  /** Starts one that writes into {@code directory}; its own files lie in {@code work}. */
  static RsyncDaemon start(Path work, Path directory) throws IOException, InterruptedException {
    int port = BenchMachine.freePort();
    Path configuration = work.resolve("rsyncd.conf");
    Files.writeString(
        configuration,
        "use chroot = no\nuid = root\ngid = root\n[to]\npath = %s\nread only = no\n"
            .formatted(directory));
    Process daemon =
        BenchMachine.start(
            work,
            "rsync",
            "--daemon",
            "--no-detach",
            "--address=127.0.0.1",
            "--port=" + port,
            "--config=" + configuration);
    RsyncDaemon started = new RsyncDaemon(work, daemon, "rsync://127.0.0.1:%d/to/".formatted(port));
    try {
      BenchMachine.awaitPort(port);
      return started;
    } catch (IOException | InterruptedException e) {
      started.close();
      throw e;
    }
  }

  /** Sends a file or a directory to the daemon's directory, each file forced to the disk. */
  void send(Path from) throws IOException, InterruptedException {
    BenchMachine.shell(work, "rsync -a --fsync %s %s".formatted(from, url));
  }

  /** Makes a file there what {@code from} is; returns the bytes that went either way for it. */
  long update(Path from, String name) throws IOException, InterruptedException {
    BenchMachine.shell(work, "rsync -a --stats %s %s%s > rsync-stats".formatted(from, url, name));
    String stats = Files.readString(work.resolve("rsync-stats"), StandardCharsets.UTF_8);
    return TOTAL
        .matcher(stats)
        .results()
        .mapToLong(total -> Long.parseLong(total.group(1).replace(",", "")))
        .sum();
  }

  @Override
  public void close() {
    try {
      BenchMachine.end(daemon);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
