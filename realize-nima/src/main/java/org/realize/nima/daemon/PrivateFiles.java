package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.realize.fuse.sys.Owner;
import org.realize.nima.config.PrivateRoots;
import org.realize.store.disk.LocalDisk;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.rules.CacheLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of an arena's private root, which count as cache: their directory, and the room that
 * they take of the cache's limits. Thread-safe.
 */
final class PrivateFiles {

  private static final Logger LOG = LoggerFactory.getLogger(PrivateFiles.class);

  private final LocalDisk disk;
  private final ArenaStore store;
  private final CacheLimits limits;

  /** Of real files, as of the last commit that changed any. */
  private volatile long bytes;

  private PrivateFiles(LocalDisk disk, ArenaStore store, CacheLimits limits)
      throws RealizeException {
    this.disk = disk;
    this.store = store;
    this.limits = limits;
    bytes = store.read(ArenaReader::totals).realBytes();
    store.addListener(changes -> {
      if (!changes.paths().isEmpty()) {
        measure();
      }
    });
  }

  /**
   * The private root of the arena of {@code store}; empty if its directory cannot be made, where
   * the arena is read-only.
   *
   * @param limits of the arena's cache
   */
  static Optional<PrivateFiles> open(PrivateRoots roots, ArenaStore store, CacheLimits limits)
      throws RealizeException {
    Path root = roots.of(store.arena());
    try {
      if (!Files.isDirectory(root)) {
        make(root, roots.owner());
      }
      return Optional.of(new PrivateFiles(new LocalDisk(root), store, limits));
    } catch (IOException e) {
      LOG.warn(
          "arena {} is read-only: make its private root {}: {}",
          store.arena(),
          root,
          IoCause.of(e));
      return Optional.empty();
    }
  }

  private static void make(Path root, Optional<Owner> owner) throws IOException {
    Path above = root.toAbsolutePath().getParent();
    if (above != null && !Files.isDirectory(above)) {
      Files.createDirectories(above);
      Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwx------"));
    }
    Files.createDirectory(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    if (owner.isPresent()) {
      Files.setAttribute(root, "unix:uid", owner.get().uid());
      Files.setAttribute(root, "unix:gid", owner.get().gid());
    }
  }

  LocalDisk disk() {
    return disk;
  }

  /** True if anything is, or was, in the directory. */
  boolean isUsed() throws RealizeException {
    if (store.read(ArenaReader::totals).realFiles() > 0) {
      return true;
    }
    try (DirectoryStream<Path> names = Files.newDirectoryStream(disk.root())) {
      return names.iterator().hasNext();
    } catch (IOException unreadable) {
      return true; // the index says why
    }
  }

  private void measure() {
    try {
      bytes = store.read(ArenaReader::totals).realBytes();
    } catch (RealizeException e) {
      LOG.debug("measure the private root of {}: {}", store.arena(), e.oneLine());
    }
  }

  /** What is left of the limits for the cache itself. */
  CacheLimits ofCache() {
    return limits.beside(() -> bytes);
  }

  /**
   * Bytes of files that are to be given up.
   *
   * @param leavingBytes of those that were, and are in the trash of the same disk still
   */
  long excessBytes(long leavingBytes) throws RealizeException {
    try {
      return limits.excessBytes(disk.usage(), bytes, leavingBytes);
    } catch (IOException e) {
      throw Disk.failure("measure the private root of " + store.arena(), e);
    }
  }
}
