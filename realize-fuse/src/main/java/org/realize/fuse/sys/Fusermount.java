package org.realize.fuse.sys;

import java.io.File;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.MountCalls;
import org.realize.sync.posix.NativeBuffer;

/**
 * The {@code fusermount3} program, which mounts for users who are not root. It opens {@code
 * /dev/fuse}, mounts, and passes the descriptor back over a socket that it inherits and finds by
 * the number in {@code _FUSE_COMMFD}. The JDK's processes inherit no descriptors, so this one is
 * spawned by hand.
 */
public final class Fusermount {

  private static final Path CONFIGURATION = Path.of("/etc/fuse.conf");
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int DEADLINE_MILLIS = 10_000;

  private final Path program;

  private Fusermount(Path program) {
    this.program = program;
  }

  /** The program on this process's PATH, else in the usual places. */
  public static Optional<Fusermount> find() {
    List<String> folders = new ArrayList<>();
    String path = System.getenv("PATH");
    if (path != null) {
      folders.addAll(List.of(path.split(File.pathSeparator, -1)));
    }
    folders.addAll(List.of("/usr/bin", "/bin", "/usr/local/bin"));
    return folders.stream()
        .filter(folder -> folder.startsWith("/"))
        .map(folder -> Path.of(folder, "fusermount3"))
        .filter(Files::isExecutable)
        .findFirst()
        .map(found -> new Fusermount(found));
  }

  /** Throws {@code Denied} where this user may not let other users enter its mounts. */
  public static void checkAllowOther(Path mountPoint) throws RealizeException.Denied {
    if (MountCalls.user() == 0) {
      return;
    }
    boolean isAllowed;
    try {
      isAllowed =
          Files.readAllLines(CONFIGURATION).stream()
              .anyMatch(line -> line.strip().equals("user_allow_other"));
    } catch (IOException e) {
      isAllowed = false;
    }
    if (!isAllowed) {
      throw new RealizeException.Denied(
          "mount %s: allow_other without root needs the line 'user_allow_other' in %s"
              .formatted(mountPoint, CONFIGURATION));
    }
  }

  /**
   * Mounts and returns the descriptor of {@code /dev/fuse}. The program prints its errors on
   * stderr.
   */
  public int mount(Path mountPoint, String options) throws RealizeException {
    NativeBuffer pair = NativeBuffer.allocate(8);
    int paired = MountCalls.socketPair(pair);
    if (paired < 0) {
      throw failed(mountPoint, "socketpair", -paired);
    }
    int ours = pair.bytes().getInt(0);
    int theirs = pair.bytes().getInt(4);
    try {
      MountCalls.keepFromPrograms(ours);
      int child = spawn(mountPoint, options, theirs);
      MountCalls.close(theirs);
      theirs = -1;
      int device = MountCalls.poll(ours, DEADLINE_MILLIS) > 0 ? receiveDescriptor(ours) : -1;
      MountCalls.await(child);
      if (device < 0) {
        throw new RealizeException.StorageFailed(
            "mount " + mountPoint + ": fusermount3 refused, its message is on stderr", null);
      }
      return device;
    } finally {
      MountCalls.close(ours);
      if (theirs >= 0) {
        MountCalls.close(theirs);
      }
    }
  }

  private int spawn(Path mountPoint, String options, int socket) throws RealizeException {
    NativeBuffer pid = NativeBuffer.allocate(4);
    NativeBuffer path = NativeBuffer.ofText(program.toString());
    Strings arguments =
        Strings.of(List.of(program.toString(), "-o", options, "--", mountPoint.toString()));
    List<String> variables = new ArrayList<>();
    System.getenv().forEach((name, value) -> variables.add(name + "=" + value));
    variables.removeIf(variable -> variable.startsWith("_FUSE_COMMFD="));
    variables.add("_FUSE_COMMFD=" + socket);
    Strings environment = Strings.of(variables);
    int error;
    try {
      error = MountCalls.spawn(pid, path, arguments.table(), environment.table());
    } finally {
      Reference.reachabilityFence(arguments);
      Reference.reachabilityFence(environment);
    }
    if (error != 0) {
      throw failed(mountPoint, "start of " + program, error);
    }
    return pid.bytes().getInt(0);
  }

  /** Receives one message with one descriptor in it; −1 when none came. */
  private int receiveDescriptor(int socket) {
    NativeBuffer data = NativeBuffer.allocate(8);
    NativeBuffer vector = NativeBuffer.allocate(16);
    vector.bytes().putLong(0, data.address()).putLong(8, 8);
    NativeBuffer control = NativeBuffer.allocate(64);
    NativeBuffer message = NativeBuffer.allocate(56);
    message
        .bytes()
        .putLong(16, vector.address())
        .putLong(24, 1)
        .putLong(32, control.address())
        .putLong(40, 64);
    int received;
    try {
      received = MountCalls.receive(socket, message);
    } finally {
      Reference.reachabilityFence(data);
      Reference.reachabilityFence(vector);
      Reference.reachabilityFence(control);
    }
    ByteBuffer header = control.bytes();
    boolean descriptor =
        received > 0
            && message.bytes().getLong(40) >= 20
            && header.getInt(8) == SOL_SOCKET
            && header.getInt(12) == SCM_RIGHTS;
    if (!descriptor) {
      return -1;
    }
    int device = header.getInt(16);
    MountCalls.keepFromPrograms(device);
    return device;
  }

  /** Unmounts; {@code lazy} detaches even what is in use. False when it could not within 10 s. */
  public boolean unmount(Path mountPoint, boolean lazy) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(program.toString(), lazy ? "-uqz" : "-uq", "--", mountPoint.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static RealizeException failed(Path mountPoint, String step, int errno) {
    return new RealizeException.StorageFailed(
        "mount " + mountPoint + ": " + step + ": " + Errno.text(errno), null);
  }

  /** A NULL-terminated table of strings for execve; {@code texts} keeps its targets alive. */
  private record Strings(NativeBuffer table, List<NativeBuffer> texts) {

    static Strings of(List<String> strings) {
      List<NativeBuffer> texts = strings.stream().map(NativeBuffer::ofText).toList();
      NativeBuffer table = NativeBuffer.allocate((texts.size() + 1) * Long.BYTES);
      for (int i = 0; i < texts.size(); i++) {
        table.bytes().putLong(i * Long.BYTES, texts.get(i).address());
      }
      return new Strings(table, texts);
    }
  }
}
