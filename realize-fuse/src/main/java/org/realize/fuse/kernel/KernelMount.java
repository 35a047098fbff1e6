package org.realize.fuse.kernel;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.realize.fuse.MountOptions;
import org.realize.fuse.sys.Fusermount;
import org.realize.fuse.sys.MountPoint;
import org.realize.fuse.sys.MountTable;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.MountCalls;
import org.realize.sync.posix.NativeBuffer;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.FileView;
import org.realize.sync.view.PeerWaits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted file view, served by this process over {@code /dev/fuse}: two reader threads, some for
 * syncs, one thread for notifications, a virtual thread for each read that waits. The readers end
 * when the kernel says that the mount is gone, by whatever command.
 */
public final class KernelMount {

  private static final Logger LOG = LoggerFactory.getLogger(KernelMount.class);
  private static final int READERS = 2;
  private static final int BUFFER_BYTES = Protocol.MAX_REQUEST_BYTES + 4096;
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** For a call on the mount itself, which is in use meanwhile. */
  private static final Duration LAST_REPLAY = Duration.ofMillis(500);

  private final MountPoint point;
  private final Device device;
  private final Owner owner;
  private final RequestDispatcher requests;
  private final FileHandles handles;
  private final Waits waits;
  private final SlowRequests slow;
  private final Notifications notifications;
  private final List<RequestReader> readers;
  private final CountDownLatch ended = new CountDownLatch(READERS);

  private KernelMount(
      FileView view,
      MountPoint point,
      Device device,
      Owner owner,
      Handshake agreed,
      MountOptions options) {
    this.point = point;
    this.device = device;
    this.owner = owner;
    this.waits = new Waits(device, owner);
    this.slow = new SlowRequests(device, owner);
    OpenInodes open = new OpenInodes(device, agreed.passthrough());
    this.handles = new FileHandles(open);
    FileRequests files = new FileRequests(view, open, handles, waits, options.programs());
    GoneNodes gone = new GoneNodes();
    EditRequests edits =
        view instanceof EditableView editable
            ? new EditRequests(editable, agreed, handles, gone, files, slow)
            : null;
    ListedDirectories listed = new ListedDirectories();
    ChangeReplay replay =
        options.events() && view instanceof EditableView editable
            ? new ChangeReplay(editable, point.path())
            : null;
    this.requests =
        new RequestDispatcher(
            new NodeRequests(view, open, gone),
            new DirectoryRequests(view, listed),
            files,
            edits,
            replay,
            waits);
    this.notifications = new Notifications(device, view, listed, open, replay);
    this.readers = device.channels().stream().map(RequestReader::new).toList();
  }

  /**
   * Mounts {@code view}. Returns once the kernel has agreed to serve it.
   *
   * @param owner of everything in it
   */
  public static KernelMount open(FileView view, MountPoint point, Owner owner, MountOptions options)
      throws RealizeException, InterruptedException {
    boolean isEdited = view instanceof EditableView;
    int mounted = mount(point.path(), options.allowOther(), isEdited);
    boolean served = false;
    try {
      point.claim();
      Handshake agreed =
          Handshake.shake(Device.of(mounted, 1), owner, options.passthrough(), isEdited);
      Device device = Device.of(mounted, READERS);
      LOG.info(
          "Mounted {} by FUSE 7.{}{}",
          point.path(),
          agreed.minor(),
          agreed.passthrough() ? ", local files passed through" : "");
      KernelMount mount = new KernelMount(view, point, device, owner, agreed, options);
      view.addListener(mount.notifications);
      mount.start();
      served = true;
      return mount;
    } finally {
      if (!served) {
        point.unmountByForce();
        MountCalls.close(mounted);
      }
    }
  }

  /** Mounts with mount(2), or where that is not permitted through fusermount3; the descriptor. */
  private static int mount(Path path, boolean allowOther, boolean isEdited)
      throws RealizeException {
    String common =
        "default_permissions,max_read="
            + Protocol.MAX_REQUEST_BYTES
            + (allowOther ? ",allow_other" : "");
    int device = Device.open();
    if (device >= 0) {
      Owner self = Owner.ofThisProcess();
      String options =
          "fd="
              + device
              + ",rootmode=40000,user_id="
              + self.uid()
              + ",group_id="
              + self.gid()
              + ","
              + common;
      long flags =
          MountCalls.MS_NOSUID | MountCalls.MS_NODEV | (isEdited ? 0 : MountCalls.MS_RDONLY);
      int result =
          MountCalls.mount("realize", path.toString(), MountTable.OUR_TYPE, flags, options);
      if (result == 0) {
        return device;
      }
      MountCalls.close(device);
      if (result != -Errno.EPERM) {
        throw new RealizeException.StorageFailed(
            "mount " + path + ": " + Errno.text(-result), null);
      }
    } else if (device == -Errno.ENOENT || device == -Errno.ENODEV) {
      throw new RealizeException.StorageFailed(
          "mount " + path + ": no /dev/fuse, load the kernel module fuse", null);
    }
    Optional<Fusermount> program = Fusermount.find();
    if (program.isEmpty()) {
      throw new RealizeException.Denied(
          "mount " + path + ": needs root or the program fusermount3, package fuse3");
    }
    return program
        .get()
        .mount(
            path,
            (isEdited ? "rw" : "ro") + ",nosuid,nodev,fsname=realize,subtype=realize," + common);
  }

  private void start() throws InterruptedException {
    for (int i = 0; i < READERS; i++) {
      Thread.ofPlatform().daemon().name("fuse-reader-" + i).start(readers.get(i));
    }
    if (!point.introduceRoot()) {
      LOG.warn("{} does not answer yet", point.path());
    }
    notifications.start();
  }

  /** A thread's loop over the requests of one channel, with the buffers for one of them. */
  private final class RequestReader implements Runnable {

    private final int channel;
    private final Request in = new Request(BUFFER_BYTES);
    private final Reply out = new Reply(NativeBuffer.allocate(BUFFER_BYTES), owner);

    RequestReader(int channel) {
      this.channel = channel;
    }

    @Override
    public void run() {
      try {
        int last = PeerWaits.refuse(this::serve);
        if (last != -Errno.ENODEV) {
          LOG.error("The kernel's requests cannot be read any more: {}", Errno.text(-last));
          abandon();
        }
      } catch (RuntimeException | Error e) {
        LOG.error("A reader of the kernel's requests ended by a bug", e);
        abandon();
      } finally {
        ended.countDown();
      }
    }

    /** Ends the mount, so that no program waits for ever for an answer. */
    private void abandon() {
      try {
        if (!point.unmountByForce()) {
          LOG.error("{} could not be unmounted", point.path());
        }
      } catch (RealizeException e) {
        LOG.error("{} could not be unmounted: {}", point.path(), e.oneLine());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Answers until no more can be read; returns why. */
    private int serve() {
      while (true) {
        int length = device.read(channel, in);
        if (in.filled(length)) {
          requests.answer(channel, in, out);
        } else if (length != -Errno.EINTR && length != -Errno.ENOENT && length != -Errno.EAGAIN) {
          return length;
        }
      }
    }
  }

  /**
   * Unmounts within a few seconds: reads that wait are interrupted, then the mount is taken away,
   * by force when it is in use. Programs that still hold files of it get ENOTCONN.
   */
  public void close() throws InterruptedException {
    notifications.close();
    waits.close();
    if (!notifications.awaitEnd(LAST_REPLAY)) {
      LOG.debug("a call of ours on {} has not returned", point.path());
    }
    try {
      if (!point.unmount()) {
        LOG.info("{} is in use, it is unmounted by force", point.path());
        requests.close();
        if (!point.unmountByForce()) {
          LOG.warn("{} could not be unmounted", point.path());
        }
      }
    } catch (RealizeException e) {
      LOG.warn("{} could not be unmounted: {}", point.path(), e.oneLine());
    }
    requests.close();
    boolean unused =
        ended.await(GRACE.toMillis(), TimeUnit.MILLISECONDS)
            && waits.awaitEnd(GRACE)
            && slow.awaitEnd(GRACE)
            && notifications.awaitEnd(GRACE);
    handles.close();
    if (unused) {
      device.close(); // otherwise the descriptors live until the process ends
    }
  }
}
