package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The yardstick for what is kept in sync: two instances of syncthing on loopback, with the shortest
 * delay of its watcher, found by address alone.
 */
final class SyncthingPair extends SyncedPair {

  private static final String SENDER = "st-sender";
  private static final String RECEIVER = "st-receiver";

  private final Path work;
  private final int receivePort;
  private final Process sender;
  private Process receiver;

  private SyncthingPair(Path work, Path from, Path to, int receivePort) throws IOException {
    super(from, to);
    this.work = work;
    this.receivePort = receivePort;
    this.sender = run(work, work.resolve(SENDER));
    this.receiver = run(work, work.resolve(RECEIVER));
  }

  /**
   * Makes both in {@code work}, starts them and waits until a first file, {@code greeting}, came
   * over.
   */
  static SyncthingPair start(Path work) throws IOException, InterruptedException {
    Path from = Files.createDirectories(work.resolve("st-from"));
    Path to = Files.createDirectories(work.resolve("st-to"));
    Path sender = work.resolve(SENDER);
    Path receiver = work.resolve(RECEIVER);
    String sends = generate(work, sender);
    String receives = generate(work, receiver);
    int sendPort = BenchMachine.freePort();
    int receivePort = BenchMachine.freePort();
    configure(sender, from, sends, sendPort, receives, receivePort);
    configure(receiver, to, receives, receivePort, sends, sendPort);
    SyncthingPair pair = new SyncthingPair(work, from, to, receivePort);
    try {
      Files.writeString(from.resolve("greeting"), "hello");
      BenchMachine.await("syncthing", DaemonPair.LONG, () -> Files.exists(to.resolve("greeting")));
      return pair;
    } catch (IOException | InterruptedException e) {
      pair.close();
      throw e;
    }
  }

  /** Makes the key of an instance; returns its id. */
  private static String generate(Path work, Path home) throws IOException, InterruptedException {
    BenchMachine.shell(work, "syncthing generate --home %s --no-default-folder".formatted(home));
    Path id = work.resolve("device-id");
    BenchMachine.shell(work, "syncthing --home %s --device-id > %s".formatted(home, id));
    return Files.readString(id, StandardCharsets.UTF_8).strip();
  }

  private static void configure(
      Path home, Path folder, String self, int port, String other, int otherPort)
      throws IOException {
    Files.createDirectories(folder.resolve(".stfolder"));
    Files.writeString(
        home.resolve("config.xml"),
        """
        <configuration version="36">
          <folder id="bench" path="%1$s" type="sendreceive" rescanIntervalS="3600"
              fsWatcherEnabled="true" fsWatcherDelayS="1">
            <device id="%2$s"/><device id="%4$s"/>
          </folder>
          <device id="%2$s" name="self"><address>tcp://127.0.0.1:%3$d</address></device>
          <device id="%4$s" name="other"><address>tcp://127.0.0.1:%5$d</address></device>
          <gui enabled="false"/>
          <options>
            <listenAddress>tcp://127.0.0.1:%3$d</listenAddress>
            <globalAnnounceEnabled>false</globalAnnounceEnabled>
            <localAnnounceEnabled>false</localAnnounceEnabled>
            <relaysEnabled>false</relaysEnabled>
            <natEnabled>false</natEnabled>
            <urAccepted>-1</urAccepted>
            <crashReportingEnabled>false</crashReportingEnabled>
            <startBrowser>false</startBrowser>
            <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
            <setLowPriority>false</setLowPriority>
            <reconnectionIntervalS>5</reconnectionIntervalS>
          </options>
        </configuration>
        """
            .formatted(folder, self, port, other, otherPort));
  }

  private static Process run(Path work, Path home) throws IOException {
    return BenchMachine.start(
        work,
        "env",
        "STNORESTART=1",
        "STMONITORED=yes", // else a supervisor would be measured
        "syncthing",
        "serve",
        "--no-browser",
        "--no-restart",
        "--home=" + home);
  }

  @Override
  double debounceSeconds() {
    return 1;
  }

  @Override
  double restartReceiver() throws IOException, InterruptedException {
    BenchMachine.end(receiver);
    return BenchMachine.seconds(() -> {
      receiver = run(work, work.resolve(RECEIVER));
      BenchMachine.awaitPort(receivePort);
    });
  }

  @Override
  List<Long> pids() {
    return List.of(sender.pid(), receiver.pid());
  }

  @Override
  public void close() {
    try {
      BenchMachine.end(sender);
      BenchMachine.end(receiver);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
