package org.realize.nima.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.realize.fuse.Driver;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.ByteSize;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.MountSettings;
import org.realize.nima.config.NodeSettings;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.ControlClient;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Finding;

/** The examination of everything that a node needs to run. It changes nothing. */
final class Doctor {

  /** The severity of a finding. */
  enum Severity {
    OK,
    /** It works, but perhaps not as wished. */
    WARN,
    WRONG
  }

  /** One thing looked at. */
  record Check(Severity verdict, String subject, String detail) {}

  private static final List<Path> LIBRARY_DIRECTORIES =
      Stream.of("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib")
          .flatMap(directory ->
              Stream.of(
                  Path.of(directory),
                  Path.of(directory, "x86_64-linux-gnu"),
                  Path.of(directory, "aarch64-linux-gnu")))
          .toList();
  private static final List<Path> PROGRAM_DIRECTORIES =
      List.of(Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/local/bin"));
  private static final int FEW_WATCHES = 65_536;
  private static final ByteSize LITTLE_SPACE = ByteSize.parse("1 GiB");

  private final ConfigurationFile file;
  private final List<Check> checks = new ArrayList<>();

  Doctor(ConfigurationFile file) {
    this.file = file;
  }

  /** Everything, in the order in which a user would repair it. */
  List<Check> examine() {
    Configuration configuration;
    try {
      configuration = file.read();
    } catch (RealizeException e) {
      add(Severity.WRONG, "configuration", e.oneLine());
      return checks;
    }
    add(Severity.OK, "configuration", file.path().toString());
    NodeSettings node = configuration.node();
    key(node);
    state(node);
    node.mount().ifPresent(this::mount);
    if (configuration.arenas().isEmpty()) {
      add(Severity.WARN, "arenas", "none is configured");
    }
    configuration.arenas().forEach(this::arena);
    watches(configuration);
    peers(configuration);
    Optional<ControlClient> daemon = ControlClient.open(node.control());
    add(
        Severity.OK,
        "daemon",
        daemon.isPresent() ? "running" : "not running: caches not looked at");
    daemon.ifPresent(this::roots);
    daemon.ifPresent(this::caches);
    return checks;
  }

  /** Roots and places in doubt, and other directories from which nothing is reported. */
  private void roots(ControlClient daemon) {
    try {
      for (ArenaStatus arena : daemon.status().arenas()) {
        String subject = "arena " + arena.name();
        List<Finding> paused =
            arena.findings().stream()
                .filter(finding -> finding.kind() == Finding.FindingKind.PAUSED)
                .toList();
        for (Finding finding : paused) {
          String where = finding.subject().isEmpty() ? "root" : "'" + finding.subject() + "'";
          add(Severity.WRONG, subject, where + ": " + finding.cause());
        }
        if (arena.root() != null && paused.isEmpty()) {
          add(Severity.OK, subject, "its root is the one that was indexed");
        }
      }
    } catch (RealizeException e) {
      add(Severity.WARN, "arenas", e.oneLine());
    }
  }

  private void caches(ControlClient daemon) {
    try {
      List<String> findings = daemon.inspect();
      findings.forEach(finding -> add(Severity.WRONG, "cache", finding));
      if (findings.isEmpty()) {
        add(Severity.OK, "cache", "files, table and limits agree");
      }
    } catch (RealizeException e) {
      add(Severity.WARN, "cache", e.oneLine());
    }
  }

  private void add(Severity verdict, String subject, String detail) {
    checks.add(new Check(verdict, subject, detail.replace('\n', ' ')));
  }

  private void key(NodeSettings node) {
    try {
      add(Severity.OK, "key", NodeKey.read(node.key()).publicKey().fingerprint());
    } catch (RealizeException e) {
      add(Severity.WRONG, "key", e.oneLine());
    }
  }

  private void state(NodeSettings node) {
    Path existing = node.state();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      add(Severity.WRONG, "state", existing + " is no directory that can be written");
      return;
    }
    try {
      FileStore disk = Files.getFileStore(existing);
      ByteSize free = new ByteSize(disk.getUsableSpace());
      boolean little = free.bytes() < LITTLE_SPACE.bytes();
      add(
          little ? Severity.WARN : Severity.OK,
          "state",
          "%s on %s, %s free".formatted(node.state(), disk.type(), free));
    } catch (IOException e) {
      add(Severity.WRONG, "state", existing + ": " + e);
    }
  }

  private void mount(MountSettings mount) {
    if (!Files.isReadable(Path.of("/dev/fuse")) || !Files.isWritable(Path.of("/dev/fuse"))) {
      add(Severity.WRONG, "mount", "/dev/fuse cannot be opened: load the fuse module");
    }
    if (PROGRAM_DIRECTORIES.stream().noneMatch(d -> Files.exists(d.resolve("fusermount3")))) {
      add(Severity.WRONG, "mount", "fusermount3 is missing: apt-get install fuse3");
    }
    boolean library =
        LIBRARY_DIRECTORIES.stream().anyMatch(d -> Files.exists(d.resolve("libfuse.so.2")));
    if (mount.driver() == Driver.LIBFUSE && !library) {
      add(Severity.WRONG, "mount", "libfuse.so.2 is missing: apt-get install libfuse2");
    }
    try {
      String mounts = Files.readString(Path.of("/proc/self/mounts"));
      boolean mounted = mounts.contains(" " + mount.path().toString().replace(" ", "\\040") + " ");
      if (mounted) {
        add(Severity.OK, "mount", mount.path() + " is mounted");
      } else if (Files.exists(mount.path()) && !Files.isDirectory(mount.path())) {
        add(Severity.WRONG, "mount", mount.path() + " is no directory");
      } else {
        add(Severity.OK, "mount", mount.path() + " is not mounted now");
      }
    } catch (IOException e) {
      add(Severity.WRONG, "mount", "read /proc/self/mounts: " + e);
    }
  }

  private void arena(ArenaSettings arena) {
    String subject = "arena " + arena.name();
    if (arena.root().isEmpty()) {
      add(Severity.OK, subject, "no root, marked " + arena.mark());
      return;
    }
    Path root = arena.root().get();
    if (!Files.isDirectory(root)) {
      add(Severity.WRONG, subject, "root " + root + " is no directory");
    } else if (!Files.isReadable(root) || !Files.isExecutable(root)) {
      add(Severity.WRONG, subject, "root " + root + " cannot be read");
    } else if (!Files.isWritable(root)) {
      add(Severity.WRONG, subject, "root " + root + " cannot be written: it needs .realize");
    } else {
      add(Severity.OK, subject, "root " + root + ", marked " + arena.mark());
    }
  }

  private void watches(Configuration configuration) {
    if (configuration.arenas().stream().allMatch(arena -> arena.root().isEmpty())) {
      return;
    }
    try {
      Path limit = Path.of("/proc/sys/fs/inotify/max_user_watches");
      int watches = Integer.parseInt(Files.readString(limit).strip());
      add(
          watches < FEW_WATCHES ? Severity.WARN : Severity.OK,
          "watcher",
          "%,d directories can be watched".formatted(watches));
    } catch (IOException | NumberFormatException e) {
      add(Severity.WARN, "watcher", "no limit of watches can be read: " + e);
    }
  }

  private void peers(Configuration configuration) {
    if (configuration.peers().isEmpty()) {
      add(Severity.WARN, "peers", "none is configured");
    }
    boolean deaf = configuration.node().listen().isEmpty();
    for (PeerSettings peer : configuration.peers()) {
      String subject = "peer " + peer.name();
      if (peer.addresses().isEmpty() && deaf) {
        add(Severity.WARN, subject, "has no address and this node does not listen: never connects");
      }
      for (HostPort address : peer.addresses()) {
        try {
          String found = InetAddress.getByName(address.host()).getHostAddress();
          add(Severity.OK, subject, address + " is " + found);
        } catch (UnknownHostException e) {
          add(Severity.WARN, subject, address + ": the host name is not known");
        }
      }
    }
  }
}
