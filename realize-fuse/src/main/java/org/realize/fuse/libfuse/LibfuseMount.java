package org.realize.fuse.libfuse;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import org.realize.fuse.MountOptions;
import org.realize.fuse.sys.MountPoint;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.RealizeException;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.FileView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted file view, served through libfuse. The library's own loop starts threads that the JVM
 * would have to attach for every call, and frees what they use while some still run; so the steps
 * are made by hand: set up, {@value #THREADS} threads in {@code fuse_loop}, and only when all of
 * them have returned, tear down.
 */
public final class LibfuseMount {

  private static final Logger LOG = LoggerFactory.getLogger(LibfuseMount.class);
  private static final int THREADS = 32;
  private static final int STACK_BYTES = 1 << 20;
  private static final Duration GRACE = Duration.ofSeconds(4);

  private final LibraryMount libraryMount;
  private final MountPoint point;

  /** Holds the callbacks; the threads hold it by this object. */
  final Operations operations;

  private final Reads reads;
  private final Handles handles;
  private final CountDownLatch ended = new CountDownLatch(THREADS);

  private LibfuseMount(
      LibraryMount libraryMount,
      MountPoint point,
      Operations operations,
      Reads reads,
      Handles handles) {
    this.libraryMount = libraryMount;
    this.point = point;
    this.operations = operations;
    this.reads = reads;
    this.handles = handles;
  }

  /** The library's own mount, which is ended once. */
  private record LibraryMount(LibFuse2 library, Pointer fuse, Pointer mountPointText) {
    void loop() {
      library.fuse_loop(fuse);
    }

    void end() {
      library.fuse_teardown(fuse, mountPointText);
    }
  }

  /** Mounts {@code view}; returns once the library serves it. */
  public static LibfuseMount open(
      FileView view, MountPoint point, Owner owner, MountOptions options) throws RealizeException {
    LibFuse2 library = load(point);
    Paths paths = new Paths(view);
    Handles handles = new Handles();
    Reads reads = new Reads(library, options.programs());
    Operations operations = new Operations(library, view, paths, handles, reads, owner);
    String[] arguments = arguments(point, options.allowOther(), view instanceof EditableView);
    PointerByReference mountPoint = new PointerByReference();
    Pointer fuse =
        library.fuse_setup(
            arguments.length,
            arguments,
            operations.table(),
            Struct.size(operations.table()),
            mountPoint,
            new IntByReference(),
            Pointer.wrap(jnr.ffi.Runtime.getRuntime(library), 0));
    if (fuse == null) {
      throw new RealizeException.StorageFailed(
          "mount " + point.path() + ": libfuse refused, its message is on stderr", null);
    }
    point.claim();
    view.addListener(paths);
    LibraryMount libraryMount = new LibraryMount(library, fuse, mountPoint.getValue());
    LibfuseMount mount = new LibfuseMount(libraryMount, point, operations, reads, handles);
    mount.start();
    LOG.info("Mounted {} by libfuse", point.path());
    return mount;
  }

  private static LibFuse2 load(MountPoint point) throws RealizeException {
    try {
      return LibraryLoader.create(LibFuse2.class).failImmediately().load("libfuse.so.2");
    } catch (UnsatisfiedLinkError e) {
      throw new RealizeException.Invalid(
          "mount " + point.path() + ": libfuse.so.2 not found, install package libfuse2", e);
    }
  }

  /**
   * The kernel may keep names and attributes for less than half a second: two may add up. Of a file
   * with two names it would not know that they share attributes.
   */
  private static String[] arguments(MountPoint point, boolean allowOther, boolean isEdited) {
    String options =
        "nosuid,nodev,fsname=realize,subtype=realize,default_permissions,use_ino,intr,"
            + "entry_timeout=0.4,max_read=131072,"
            + (isEdited ? "rw,big_writes,attr_timeout=0" : "ro,attr_timeout=0.4");
    return new String[] {
      "realize",
      "-f",
      "-s",
      "-o",
      options + (allowOther ? ",allow_other" : ""),
      point.path().toString()
    };
  }

  private void start() {
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new Thread(null, this::serve, "fuse-loop-" + i, STACK_BYTES);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void serve() {
    try {
      libraryMount.loop();
    } finally {
      ended.countDown();
    }
  }

  /** Unmounts within a few seconds, by force when it is in use. */
  public void close() throws InterruptedException {
    reads.close();
    try {
      if (!point.unmount()) {
        LOG.info("{} is in use, it is unmounted by force", point.path());
        if (!point.unmountByForce()) {
          LOG.warn("{} could not be unmounted", point.path());
        }
      }
    } catch (RealizeException e) {
      LOG.warn("{} could not be unmounted: {}", point.path(), e.oneLine());
    }
    boolean unused = ended.await(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    handles.close();
    if (unused) {
      libraryMount.end();
    }
  }
}
