package org.realize.fuse.kernel;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileView;

/**
 * Lists directories. The kernel's offset is where a listing goes on: 0 at the start, 1 behind
 * {@code .}, 2 behind {@code ..}, and the view's cursor + 2 behind an entry; so a listing needs no
 * state here.
 */
final class DirectoryRequests {

  private static final byte[] SELF = {'.'};
  private static final byte[] UP = {'.', '.'};
  private static final long FIRST_CHILD = 2;
  private static final int TYPICAL_NAME_BYTES = 16;
  private static final int DIRECTORY = FileKind.DIRECTORY.directoryType();

  private final FileView view;
  private final ListedDirectories listed;

  DirectoryRequests(FileView view, ListedDirectories listed) {
    this.view = view;
    this.listed = listed;
  }

  /** The kernel may keep the listing: it is notified when one changes. */
  int open(Request in, Reply out) throws RealizeException {
    boolean isKept = !in.inode().isTransient();
    if (isKept) {
      listed.add(in.inode());
    }
    out.putLong(0, 0);
    out.putInt(8, isKept ? Protocol.Open.KEEP_CACHE | Protocol.Open.CACHE_DIR : 0);
    out.putInt(12, 0);
    return 16;
  }

  /** Fills the kernel's buffer with entries; {@code plus} adds to each what LOOKUP would answer. */
  int list(Request in, Reply out, boolean plus) throws RealizeException {
    Inode directory = in.inode();
    long offset = in.bodyLong(8);
    int room = Math.min(in.bodyInt(16), Protocol.MAX_REQUEST_BYTES);
    int used = 0;
    if (offset == 0) {
      used = dot(out, used, plus, directory.value(), 1, SELF);
    }
    if (offset <= 1) {
      used = dot(out, used, plus, view.parent(directory).value(), FIRST_CHILD, UP);
    }
    long cursor = Math.max(offset, FIRST_CHILD) - FIRST_CHILD;
    int typical = (plus ? Protocol.ENTRY_BYTES : 0) + Reply.direntBytes(TYPICAL_NAME_BYTES);
    while (true) {
      int wanted = (room - used) / typical + 1;
      List<DirectoryEntry> entries = view.list(directory, cursor, wanted);
      for (DirectoryEntry entry : entries) {
        byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
        int bytes = (plus ? Protocol.ENTRY_BYTES : 0) + Reply.direntBytes(name.length);
        if (used + bytes > room) {
          return used;
        }
        used = entry(out, used, plus, entry, name);
        cursor = entry.cursor();
      }
      if (entries.size() < wanted) {
        return used;
      }
    }
  }

  /** {@code .} and {@code ..}: the kernel looks neither up, so their entry is empty. */
  private static int dot(Reply out, int at, boolean plus, long inode, long next, byte[] name) {
    int offset = at;
    if (plus) {
      out.zero(offset, Protocol.ENTRY_BYTES);
      offset += Protocol.ENTRY_BYTES;
    }
    return out.dirent(offset, inode, next, DIRECTORY, name);
  }

  private static int entry(Reply out, int at, boolean plus, DirectoryEntry entry, byte[] name) {
    int offset = at;
    if (plus) {
      offset += out.entry(offset, entry.attributes());
    }
    return out.dirent(
        offset,
        entry.attributes().inode().value(),
        entry.cursor() + FIRST_CHILD,
        entry.attributes().kind().directoryType(),
        name);
  }
}
