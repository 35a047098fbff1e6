package org.realize.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.realize.fuse.sys.Failures;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.FileView;

/** The view asked directly. */
final class ViewTree implements Tree {

  private final FileView view;

  ViewTree(FileView view) {
    this.view = view;
  }

  private interface Call<T> {
    T run() throws RealizeException;
  }

  private static <T> T refusing(Call<T> call) throws Refused {
    try {
      return call.run();
    } catch (RealizeException e) {
      throw new Refused(Failures.errno(e));
    } catch (IllegalStateException e) {
      throw new Refused(Errno.EIO);
    }
  }

  private Attributes at(String path) throws RealizeException {
    Attributes attributes = view.attributes(Inode.ROOT);
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty()) {
        attributes = view.lookup(attributes.inode(), part);
      }
    }
    return attributes;
  }

  @Override
  public Stat stat(String path) throws IOException {
    Attributes found = refusing(() -> at(path));
    return new Stat(
        found.inode().value(),
        found.kind(),
        found.mode(),
        found.sizeBytes(),
        found.links(),
        found.times().modified());
  }

  @Override
  public List<String> names(String path) throws IOException {
    return refusing(() -> {
      List<String> names = new ArrayList<>(List.of(".", ".."));
      Inode directory = at(path).inode();
      long cursor = 0;
      while (true) {
        List<DirectoryEntry> entries = view.list(directory, cursor, 100);
        if (entries.isEmpty()) {
          return names;
        }
        entries.forEach(entry -> names.add(entry.name()));
        cursor = entries.getLast().cursor();
      }
    });
  }

  @Override
  public String target(String path) throws IOException {
    return refusing(() -> view.readLink(at(path).inode()));
  }

  @Override
  public byte[] read(String path, long offset, int count) throws IOException {
    return refusing(() -> {
      try (OpenFile file = view.open(at(path).inode())) {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        int read = file.read(offset, buffer);
        return Arrays.copyOf(buffer.array(), read);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    });
  }

  @Override
  public byte[] attribute(String path, String name) throws IOException {
    var value = refusing(() -> view.attribute(at(path).inode(), name));
    return value.orElseThrow(() -> new Refused(Errno.ENODATA));
  }
}
