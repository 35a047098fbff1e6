package org.realize.sync.real;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The file {@code .realize/id} below a root, which tells an emptied or unmounted root from the
 * right one: three lines, a heading, a random id, and the arena's name. The id is in the store
 * also; both must agree before anything is concluded from absence.
 */
public final class RootIdentity {

  /** The directory at the root that belongs to Realize and is never shared. */
  public static final String OWN_DIRECTORY = ".realize";

  private static final RelativePath DIRECTORY = RelativePath.of(OWN_DIRECTORY);

  /** Whoever finds it in a directory has found the root of an arena. */
  public static final RelativePath FILE = DIRECTORY.child("id");

  private static final RelativePath TEMPORARY = DIRECTORY.child("id.new");
  private static final String HEADING = "realize root 1";
  private static final Rows<UUID> ROW =
      Rows.of("real.root", 1, RowEncoder::putUuid, RowDecoder::getUuid);
  private static final int MAX_BYTES = 8192;

  /** What the file says. */
  private record Identity(UUID id, String arena) {}

  private final Disk disk;
  private final ArenaStore store;
  private final RandomGenerator random;

  public RootIdentity(Disk disk, ArenaStore store, RandomGenerator random) {
    this.disk = disk;
    this.store = store;
    this.random = random;
  }

  /**
   * Makes the root's identity where the store has none yet, the file first, so that a crash between
   * the two leaves a file that is taken over. Throws when the root belongs to another arena.
   */
  public void establish() throws RealizeException, RootLostException {
    if (stored().isPresent()) {
      return;
    }
    try {
      Optional<Identity> found = read();
      if (found.isPresent() && !found.get().arena().equals(arena())) {
        throw new RootLostException(
            "the root belongs to the arena '" + found.get().arena() + "', says " + FILE);
      }
      UUID id = found.map(Identity::id).orElseGet(this::randomId);
      if (found.isEmpty()) {
        publish(id);
      }
      store.write(writer -> {
        writer.putRow(ROW, id);
      });
    } catch (IOException failure) {
      throw new RootLostException("cannot make " + FILE + ": " + IoCause.of(failure));
    }
  }

  /** The id of the arena's root; empty until its first scan. */
  public static Optional<UUID> id(ArenaReader reader) throws StorageFailed {
    return reader.row(ROW);
  }

  /** Throws unless the file is there and right. */
  public void check() throws RealizeException, RootLostException {
    Optional<UUID> expected = stored();
    Optional<Identity> found;
    try {
      found = read();
    } catch (IOException failure) {
      throw new RootLostException("cannot read " + FILE + ": " + IoCause.of(failure));
    }
    if (found.isEmpty()) {
      throw new RootLostException(
          FILE + " is missing or not valid: the root was emptied or is not mounted");
    }
    if (!found.map(Identity::id).equals(expected) || !found.get().arena().equals(arena())) {
      throw new RootLostException(FILE + " has another id: this is not the root that was indexed");
    }
  }

  private String arena() {
    return store.arena().value();
  }

  private Optional<UUID> stored() throws RealizeException {
    return store.read(RootIdentity::id);
  }

  /** A random UUID, version 4. */
  private UUID randomId() {
    return new UUID(
        (random.nextLong() & ~0xF000L) | 0x4000L, (random.nextLong() & ~(3L << 62)) | (1L << 63));
  }

  /** Empty when there is no such file or it is none of ours. */
  private Optional<Identity> read() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
    try (DiskFile file = disk.open(FILE, OpenMode.READ)) {
      file.read(bytes, 0);
    } catch (NoSuchFileException | NotDirectoryException missing) {
      return Optional.empty();
    }
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    List<String> lines = text.lines().toList();
    if (lines.size() != 3 || !lines.getFirst().equals(HEADING)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Identity(UUID.fromString(lines.get(1)), lines.get(2)));
    } catch (IllegalArgumentException noId) {
      return Optional.empty();
    }
  }

  private void publish(UUID id) throws IOException {
    if (disk.stat(DIRECTORY).isEmpty()) {
      disk.createDirectory(DIRECTORY);
      disk.forceDirectory(RelativePath.ROOT);
    }
    if (disk.stat(TEMPORARY).isPresent()) {
      disk.delete(TEMPORARY);
    }
    String text = HEADING + "\n" + id + "\n" + arena() + "\n";
    try (DiskFile file = disk.open(TEMPORARY, OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }
    disk.publish(TEMPORARY, FILE);
  }
}
