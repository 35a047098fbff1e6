package org.realize.store.journal;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIO;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIODecorator;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIOFactory;
import org.apache.ignite.internal.processors.cache.persistence.file.RandomAccessFileIOFactory;
import org.realize.sync.model.RealizeException;

/**
 * Files whose power can be cut: what was written since a file was last forced is lost, from some
 * write on. Names are as durable as they are at once. Writes and forces can be told to fail, too.
 * Thread-safe; every access is exclusive.
 */
public final class CuttableFiles implements FileIOFactory {
  private static final long serialVersionUID = 1L;

  private final transient FileIOFactory real = new RandomAccessFileIOFactory();

  /** Guarded by this: what takes back the writes since the last force, oldest first. */
  private final transient Map<Path, List<Undo>> unforced = new HashMap<>();

  /** Guarded by this. */
  private int forces;

  /** Guarded by this: writes and forces that do not fail any more. */
  private long soundCalls = Long.MAX_VALUE;

  /** Guarded by this: writes that find room. */
  private long roomyWrites = Long.MAX_VALUE;

  /** Guarded by this: what the others fail with. */
  private String failure = "";

  /** The earlier bytes of a file at a place, with its earlier length. */
  private static final class Undo {
    private final long position;
    private final byte[] before;
    private final long length;

    Undo(long position, byte[] before, long length) {
      this.position = position;
      this.before = before;
      this.length = length;
    }
  }

  @Override
  public FileIO create(File file, OpenOption... modes) throws IOException {
    return new Recorded(file.toPath().toAbsolutePath(), real.create(file, modes));
  }

  /** Starts a node on these files. */
  public IgniteNode start(Path directory, long regionBytes) throws RealizeException {
    return IgniteNode.start(directory, regionBytes, this, this);
  }

  /** Lets so many more writes and forces be done, and all others fail with a message. */
  public synchronized void failAfter(long calls, String message) {
    soundCalls = calls;
    failure = message;
  }

  /** Lets so many more writes find room, and no other. */
  public synchronized void fullAfter(long writes) {
    roomyWrites = writes;
  }

  private void checkSound() throws IOException {
    if (soundCalls-- <= 0) {
      throw new IOException(failure);
    }
  }

  /** The number of writes that a power cut could take now. */
  synchronized int unforcedWrites() {
    return unforced.values().stream().mapToInt(List::size).sum();
  }

  /** How often a file was forced. */
  synchronized int forces() {
    return forces;
  }

  /** Copies a directory as it would be after a power cut now. */
  public synchronized void cut(Path from, Path to, SplittableRandom random) throws IOException {
    Path source = from.toAbsolutePath();
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(source.relativize(file).toString()));
      }
    }
    for (Map.Entry<Path, List<Undo>> entry : unforced.entrySet()) {
      Path file = to.resolve(source.relativize(entry.getKey()).toString());
      if (Files.exists(file)) {
        takeBack(file, entry.getValue(), random);
      }
    }
  }

  private static void takeBack(Path file, List<Undo> writes, SplittableRandom random)
      throws IOException {
    int kept = random.nextBoolean() ? 0 : random.nextInt(writes.size() + 1);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (Undo undo : writes.subList(kept, writes.size()).reversed()) {
        channel.write(ByteBuffer.wrap(undo.before), undo.position);
        if (channel.size() > undo.length) {
          channel.truncate(undo.length);
        }
      }
    }
  }

  /** A file whose writes are recorded. */
  private final class Recorded extends FileIODecorator {
    private final Path file;

    Recorded(Path file, FileIO delegate) {
      super(delegate);
      this.file = file;
    }

    private void record(long position, int count) throws IOException {
      checkSound();
      if (roomyWrites-- <= 0) {
        roomyWrites = 0;
        throw new IOException("No space left on device");
      }
      long length = delegate.size();
      byte[] before = new byte[(int) Math.max(0, Math.min(count, length - position))];
      if (before.length > 0) {
        ByteBuffer into = ByteBuffer.wrap(before);
        delegate.readFully(into, position);
      }
      unforced
          .computeIfAbsent(file, made -> new ArrayList<>())
          .add(new Undo(position, before, length));
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      synchronized (CuttableFiles.this) {
        record(delegate.position(), source.remaining());
        return delegate.write(source);
      }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      synchronized (CuttableFiles.this) {
        record(position, source.remaining());
        return delegate.write(source, position);
      }
    }

    @Override
    public int write(byte[] source, int offset, int length) throws IOException {
      synchronized (CuttableFiles.this) {
        record(delegate.position(), length);
        return delegate.write(source, offset, length);
      }
    }

    @Override
    public MappedByteBuffer map(int sizeBytes) throws IOException {
      throw new IOException("a memory map hides its writes");
    }

    @Override
    public void force() throws IOException {
      force(true);
    }

    @Override
    public void force(boolean withMetadata) throws IOException {
      synchronized (CuttableFiles.this) {
        checkSound();
        delegate.force(withMetadata);
        unforced.remove(file);
        forces++;
      }
    }
  }
}
