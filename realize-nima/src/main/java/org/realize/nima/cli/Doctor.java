package org.realize.nima.cli;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.realize.fuse.sys.Fusermount;
import org.realize.fuse.sys.MountTable;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.ByteSize;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.MountSettings;
import org.realize.nima.config.NodeSettings;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.PrivateRoots;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.PeerStatus;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Finding;

/** The examination of everything that a node needs to run. It changes nothing. */
final class Doctor {

  private static final ByteSize LITTLE_SPACE = ByteSize.parse("1 GiB");

  /** A disk or a mount that has not answered by then hangs. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /** More than that and dates of files on two machines no longer tell which is newer. */
  private static final Duration MUCH_SKEW = Duration.ofSeconds(5);

  private static final Set<PosixFilePermission> OTHERS_WRITE =
      PosixFilePermissions.fromString("----w--w-");

  private final ConfigurationFile file;
  private final HostChecks host;
  private final List<Check> checks = new ArrayList<>();

  Doctor(ConfigurationFile file) {
    this(file, new HostChecks(Path.of("/proc/sys")));
  }

  Doctor(ConfigurationFile file, HostChecks host) {
    this.file = file;
    this.host = host;
  }

  /** Everything, in the order in which a user would repair it. */
  List<Check> examine() {
    Configuration configuration;
    try {
      configuration = file.read();
    } catch (RealizeException e) {
      boolean isMissing = e instanceof RealizeException.NotFound;
      wrong(
          "configuration",
          e.oneLine(),
          isMissing ? "realize init --name NAME" : "edit " + quoted(file.path()));
      return checks;
    }
    ok("configuration", file.path().toString());
    NodeSettings node = configuration.node();
    Optional<ControlClient> daemon = ControlClient.open(node.control());
    Optional<HouseholdStatus> status = daemon.flatMap(this::status);
    key(node);
    state(node);
    if (status.isEmpty()) {
      ports(node);
    }
    node.mount().ifPresent(mount -> mount(mount, status));
    if (configuration.arenas().isEmpty()) {
      warn("arenas", "none is configured", "realize arena add NAME --root DIRECTORY");
    }
    PrivateRoots roots = PrivateRoots.of(configuration);
    configuration.arenas().forEach(arena -> arena(arena, roots));
    if (configuration.arenas().stream().anyMatch(arena -> arena.root().isPresent())) {
      checks.addAll(host.watches());
    }
    peers(configuration);
    if (status.isEmpty()) {
      ok("daemon", "not running: roots, peers and caches not looked at");
    }
    status.ifPresent(this::running);
    daemon.ifPresent(this::caches);
    return checks;
  }

  private Optional<HouseholdStatus> status(ControlClient daemon) {
    try {
      return Optional.of(daemon.status());
    } catch (RealizeException e) {
      wrong("daemon", e.oneLine(), "realize stop, then realize daemon");
      return Optional.empty();
    }
  }

  private void ok(String subject, String detail) {
    checks.add(Check.ok(subject, detail));
  }

  private void warn(String subject, String detail, String mend) {
    checks.add(Check.warn(subject, detail, mend));
  }

  private void wrong(String subject, String detail, String mend) {
    checks.add(Check.wrong(subject, detail, mend));
  }

  private void key(NodeSettings node) {
    try {
      ok("key", NodeKey.read(node.key()).publicKey().fingerprint());
    } catch (RealizeException.NotFound missing) {
      wrong("key", missing.oneLine(), "realize init");
    } catch (RealizeException e) {
      wrong("key", e.oneLine(), "");
    }
    Path directory = node.key().toAbsolutePath().getParent();
    if (directory != null && Files.isDirectory(directory)) {
      mode("key", directory);
    }
  }

  /**
   * Whoever may write a directory can put files of his own in the place of those that are there.
   */
  private void mode(String subject, Path directory) {
    try {
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(directory);
      if (mode.stream().anyMatch(OTHERS_WRITE::contains)) {
        wrong(
            subject,
            "other users may write %s (%s)"
                .formatted(directory, PosixFilePermissions.toString(mode)),
            "chmod go-w " + quoted(directory));
      }
    } catch (IOException | UnsupportedOperationException e) {
      warn(subject, directory + ": its mode cannot be read: " + e.getMessage(), "");
    }
  }

  private void state(NodeSettings node) {
    Path existing = node.state();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing)) {
      wrong(
          "state", existing + " is no directory", "mv %1$s %1$s.away".formatted(quoted(existing)));
    } else if (!Files.isWritable(existing)) {
      wrong("state", existing + " cannot be written", "sudo chown $(id -u) " + quoted(existing));
    } else {
      room("state", existing, node.state() + " on");
      if (existing.equals(node.state())) {
        mode("state", existing);
      }
    }
  }

  private void room(String subject, Path directory, String what) {
    try {
      FileStore disk = Files.getFileStore(directory);
      ByteSize free = new ByteSize(disk.getUsableSpace());
      String detail = "%s %s, %s free".formatted(what, disk.type(), free);
      if (free.bytes() < LITTLE_SPACE.bytes()) {
        warn(subject, detail, "make room: du -xh -d 1 " + quoted(directory));
      } else {
        ok(subject, detail);
      }
    } catch (IOException e) {
      wrong(subject, directory + ": " + IoCause.of(e), "");
    }
  }

  /** Without a daemon of this node, its ports are to be free. */
  private void ports(NodeSettings node) {
    node.listen().forEach(address -> free("listen", address));
    node.dashboard().ifPresent(address -> free("dashboard", address));
  }

  private void free(String setting, HostPort address) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(address.host(), address.port()));
      ok(setting, address + " is free");
    } catch (BindException taken) {
      wrong(
          setting,
          address + ": " + taken.getMessage(),
          "ss -ltnp 'sport = :%d' names the program; end it or change '%s' of [node] in %s"
              .formatted(address.port(), setting, file.path()));
    } catch (IOException | IllegalArgumentException e) {
      wrong(
          setting,
          address + ": " + e.getMessage(),
          "change '%s' of [node] in %s".formatted(setting, file.path()));
    }
  }

  private void mount(MountSettings mount, Optional<HouseholdStatus> daemon) {
    checks.addAll(host.fuse(mount.driver()));
    Path path = mount.path();
    if (mount.allowOther()) {
      try {
        Fusermount.checkAllowOther(path);
      } catch (RealizeException.Denied e) {
        wrong("mount", e.oneLine(), "echo user_allow_other | sudo tee -a /etc/fuse.conf");
      }
    }
    boolean isOurs = daemon.map(HouseholdStatus::mount).filter(path.toString()::equals).isPresent();
    try {
      List<MountTable.MountEntry> mounts = MountTable.read().at(path);
      if (mounts.isEmpty()) {
        unmounted(path, daemon.isPresent());
        return;
      }
      Optional<String> silent = silence(path);
      if (silent.isPresent()) {
        wrong("mount", path + ": " + silent.get(), "fusermount3 -u -z " + quoted(path));
      } else if (!isOurs) {
        wrong(
            "mount",
            "%s is mounted by another program (%s)".formatted(path, mounts.getLast().type()),
            "end it, or change 'mount' of [node] in " + file.path());
      } else {
        ok("mount", path + " is mounted and answers");
      }
    } catch (IOException e) {
      wrong("mount", "read the mount table: " + IoCause.of(e), "");
    }
  }

  private void unmounted(Path path, boolean runs) {
    if (runs) {
      wrong("mount", path + " is not mounted", "realize stop, then realize daemon");
    } else if (!Files.exists(path)) {
      ok("mount", path + " is made when the daemon starts");
    } else if (!Files.isDirectory(path)) {
      wrong("mount", path + " is no directory", "mv %1$s %1$s.away".formatted(quoted(path)));
    } else if (isEmpty(path)) {
      ok("mount", path + " is free to be mounted on");
    } else {
      wrong(
          "mount",
          path + " is not empty, and nothing is mounted over files",
          "mv %1$s %1$s.away && mkdir %1$s".formatted(quoted(path)));
    }
  }

  private static boolean isEmpty(Path directory) {
    try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
      return !names.iterator().hasNext();
    } catch (IOException unreadable) {
      return false;
    }
  }

  /** Why a mounted file system gives no answer; empty if it gives one. */
  private static Optional<String> silence(Path mount) {
    FutureTask<Long> question = new FutureTask<>(() -> Files.getFileStore(mount).getTotalSpace());
    Thread.ofPlatform().daemon().name("doctor-mount").start(question);
    try {
      question.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
      return Optional.empty();
    } catch (TimeoutException late) {
      return Optional.of("no answer for " + ANSWER.toSeconds() + " s");
    } catch (ExecutionException refused) {
      return Optional.of(
          refused.getCause() instanceof FileSystemException cause && cause.getReason() != null
              ? "the daemon that mounted it is gone: " + cause.getReason()
              : "no answer: " + refused.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }

  private void arena(ArenaSettings arena, PrivateRoots roots) {
    String subject = "arena " + arena.name();
    Path root = arena.root().orElseGet(() -> roots.of(arena.name()));
    if (arena.root().isEmpty() && !Files.exists(root)) {
      ok(subject, "no root, marked " + arena.mark());
      return;
    }
    if (!Files.isDirectory(root)) {
      wrong(
          subject,
          "root " + root + " is no directory",
          "mount its disk, or mkdir -p " + quoted(root));
    } else if (!Files.isReadable(root) || !Files.isExecutable(root)) {
      wrong(subject, "root " + root + " cannot be read", "sudo chmod u+rwx " + quoted(root));
    } else if (!Files.isWritable(root)) {
      wrong(
          subject,
          "root " + root + " cannot be written: it needs .realize",
          "sudo chown $(id -u) " + quoted(root));
    } else {
      String kind = arena.root().isEmpty() ? "private root" : "root";
      room(subject, root, "%s %s, marked %s, on".formatted(kind, root, arena.mark()));
    }
  }

  private void peers(Configuration configuration) {
    if (configuration.peers().isEmpty()) {
      warn("peers", "none is configured", "realize peer add NAME --pubkey FILE --address HOST");
    }
    boolean deaf = configuration.node().listen().isEmpty();
    for (PeerSettings peer : configuration.peers()) {
      String subject = "peer " + peer.name();
      String mend = "realize peer set %s --address HOST".formatted(peer.name());
      if (peer.addresses().isEmpty() && deaf) {
        warn(subject, "has no address and this node does not listen: never connects", mend);
      }
      for (HostPort address : peer.addresses()) {
        try {
          String found = InetAddress.getByName(address.host()).getHostAddress();
          ok(subject, address + " is " + found);
        } catch (UnknownHostException e) {
          warn(subject, address + ": the host name is not known", mend);
        }
      }
    }
  }

  private void running(HouseholdStatus daemon) {
    ok("daemon", "running, process " + daemon.pid());
    daemon.arenas().forEach(this::root);
    daemon.peers().forEach(this::peer);
  }

  /** A root and places in doubt, and other directories from which nothing is reported. */
  private void root(ArenaStatus arena) {
    String subject = "arena " + arena.name();
    List<Finding> paused =
        arena.findings().stream()
            .filter(finding -> finding.kind() == Finding.FindingKind.PAUSED)
            .toList();
    for (Finding finding : paused) {
      String where = finding.subject().isEmpty() ? "root" : "'" + finding.subject() + "'";
      wrong(subject, where + ": " + finding.cause(), "");
    }
    if (arena.root() != null && paused.isEmpty()) {
      ok(subject, "its root is the one that was indexed");
    }
  }

  private void peer(PeerStatus peer) {
    String subject = "peer " + peer.name();
    if (!peer.connected()) {
      String cause = peer.lastError() == null ? "" : ": " + peer.lastError();
      warn(subject, "not connected" + cause, "realize peer connect " + peer.name());
      return;
    }
    Long ahead = peer.clockAheadMillis();
    if (ahead != null && Math.abs(ahead) > MUCH_SKEW.toMillis()) {
      warn(
          subject,
          "its clock is %,d s %s ours"
              .formatted(Math.abs(ahead) / 1000, ahead < 0 ? "behind" : "ahead of"),
          "timedatectl set-ntp true on the machine that is wrong");
    } else {
      ok(subject, "connected" + (ahead == null ? "" : ", its clock agrees with ours"));
    }
  }

  private void caches(ControlClient daemon) {
    try {
      List<String> findings = daemon.inspect();
      findings.forEach(finding -> wrong("cache", finding, "realize verify"));
      if (findings.isEmpty()) {
        ok("cache", "files, table and limits agree");
      }
    } catch (RealizeException e) {
      warn("cache", e.oneLine(), "");
    }
  }

  /** A path as a shell takes it for one word. */
  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./+:@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
