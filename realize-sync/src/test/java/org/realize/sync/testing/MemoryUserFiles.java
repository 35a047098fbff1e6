package org.realize.sync.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;

/** A user at a {@link MemoryDisk}, whose monitor guards everything. */
final class MemoryUserFiles implements UserFiles {

  private final MemoryDisk disk;
  private final MemoryTree tree;
  private final SparseBytes.Room room;

  MemoryUserFiles(MemoryDisk disk, MemoryTree tree, SparseBytes.Room room) {
    this.disk = disk;
    this.tree = tree;
    this.room = room;
  }

  @Override
  public void write(String path, byte[] bytes) throws IOException {
    synchronized (disk) {
      RelativePath at = RelativePath.of(path);
      @Nullable MemoryItem present = tree.find(at);
      if (present == null) {
        present = new MemoryItem.File(tree.nextFileKey(), tree.now(0644));
        tree.add(at, present);
      }
      MemoryItem.File file = asFile(path, present);
      file.bytes.truncate(0, room);
      file.bytes.write(ByteBuffer.wrap(bytes), 0, room);
      tree.modified(file);
    }
  }

  @Override
  public byte[] read(String path) throws IOException {
    synchronized (disk) {
      MemoryItem.File file = asFile(path, tree.get(RelativePath.of(path)));
      ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
      file.bytes.read(bytes, 0);
      tree.read(file);
      return bytes.array();
    }
  }

  @Override
  public OpenUserFile open(String path) throws IOException {
    synchronized (disk) {
      MemoryItem.File file = asFile(path, tree.get(RelativePath.of(path)));
      file.held++;
      return new Held(file);
    }
  }

  /** A file that a user's program has open. */
  private final class Held implements OpenUserFile {
    private final MemoryItem.File file;

    Held(MemoryItem.File file) {
      this.file = file;
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      synchronized (disk) {
        file.bytes.truncate(0, room);
        file.bytes.write(ByteBuffer.wrap(bytes), 0, room);
        tree.modified(file);
      }
    }

    /** Only the first store since the pages were written back moves the times. */
    @Override
    public void store(byte[] bytes) throws IOException {
      synchronized (disk) {
        file.bytes.write(ByteBuffer.wrap(bytes), 0, room);
        if (!file.hasStores) {
          tree.modified(file);
        }
        file.hasStores = true;
      }
    }

    @Override
    public byte[] read() {
      synchronized (disk) {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
        file.bytes.read(bytes, 0);
        return bytes.array();
      }
    }

    @Override
    public void close() {
      synchronized (disk) {
        file.held--;
        tree.release(file);
      }
    }
  }

  private static MemoryItem.File asFile(String path, MemoryItem item) throws IOException {
    if (item instanceof MemoryItem.File file) {
      return file;
    }
    throw new FileSystemException(path, null, "not a regular file");
  }

  @Override
  public void createDirectory(String path) throws IOException {
    synchronized (disk) {
      tree.add(RelativePath.of(path), new MemoryItem.Directory(tree.nextFileKey(), tree.now(0755)));
    }
  }

  @Override
  public void symbolicLink(String path, String target) throws IOException {
    synchronized (disk) {
      tree.add(
          RelativePath.of(path), new MemoryItem.Link(tree.nextFileKey(), tree.now(0777), target));
    }
  }

  @Override
  public void hardLink(String path, String existing) throws IOException {
    synchronized (disk) {
      tree.add(RelativePath.of(path), asFile(existing, tree.get(RelativePath.of(existing))));
    }
  }

  @Override
  public void fifo(String path) throws IOException {
    synchronized (disk) {
      tree.add(RelativePath.of(path), new MemoryItem.Other(tree.nextFileKey(), tree.now(0644)));
    }
  }

  @Override
  public void undecodable(String directory, String prefix) throws IOException {
    synchronized (disk) {
      tree.directory(RelativePath.of(directory)).undecodable.add(prefix + "\\xff");
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    synchronized (disk) {
      tree.rename(RelativePath.of(from), RelativePath.of(to));
    }
  }

  @Override
  public void delete(String path) throws IOException {
    synchronized (disk) {
      delete(RelativePath.of(path));
    }
  }

  private void delete(RelativePath path) throws IOException {
    if (tree.get(path) instanceof MemoryItem.Directory directory) {
      for (String name : List.copyOf(directory.names.keySet())) {
        delete(path.child(name));
      }
      directory.undecodable.clear();
    }
    tree.remove(path);
  }

  @Override
  public void mode(String path, int mode) throws IOException {
    synchronized (disk) {
      MemoryItem item = tree.get(RelativePath.of(path));
      tree.changed(item, mode, item.attributes.mtime());
    }
  }

  @Override
  public void mtime(String path, FileTime time) throws IOException {
    synchronized (disk) {
      MemoryItem item = tree.get(RelativePath.of(path));
      tree.changed(item, item.attributes.mode(), time);
    }
  }
}
