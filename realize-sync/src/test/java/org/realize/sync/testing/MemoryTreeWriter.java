package org.realize.sync.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.CommitListener.NameChange;
import org.realize.sync.port.NameHash;
import org.realize.sync.port.PathState;
import org.realize.sync.testing.MemoryArenaState.CursorKey;
import org.realize.sync.testing.MemoryArenaState.NameKey;
import org.realize.sync.testing.MemoryArenaState.Row;

/** The writer of a state's visible tree, in step with the content of its paths. */
final class MemoryTreeWriter {

  static final int IMPLIED_MODE = 0755;

  private final MemoryArenaState state;
  private final LongSupplier inodes;
  private final long root;
  private final List<NameChange> changes = new ArrayList<>();

  MemoryTreeWriter(MemoryArenaState state, long root, LongSupplier inodes) {
    this.state = state;
    this.root = root;
    this.inodes = inodes;
  }

  List<NameChange> changes() {
    return changes;
  }

  /**
   * Shows what the state of its path asks for.
   *
   * @param isSameFile the name keeps its inode though its content may be another
   * @param wanted the inode for what the path itself shows; null where that does not matter
   */
  void show(PathState shown, boolean isSameFile, @Nullable Inode wanted) {
    RelativePath path = shown.path();
    Content content = shown.shown().content();
    boolean isDirectory = content instanceof Content.Directory;
    FileTime mtime = isDirectory ? FileTime.EPOCH : shown.metadata().mtime();
    show(path, content, shown.metadata().mode(), mtime, isSameFile);
    if (wanted != null && !path.isRoot() && !content.isAbsent()) {
      give(java.util.Objects.requireNonNull(child(find(path.parent()), path.name())), wanted);
    }
  }

  /** Gives what is visible at one path another name; what was visible there goes. */
  void move(RelativePath from, RelativePath to) {
    long source = find(from.parent());
    Row row = source == 0 ? null : child(source, from.name());
    if (row == null) {
      return;
    }
    long above = find(to.parent());
    Row replaced = above == 0 ? null : child(above, to.name());
    if (replaced != null) {
      clear(replaced);
    }
    long directory = ensure(to.parent());
    state.names.write().remove(new NameKey(source, row.name()));
    state.cursors.write().remove(new CursorKey(source, row.cursor()));
    Inode inode = new Inode(row.inode());
    changes.add(new NameChange(new Inode(source), row.name(), inode, null, false));
    put(
        new Row(
            row.inode(),
            directory,
            to.name(),
            cursor(directory, to.name()),
            row.content(),
            replaced != null && row.own().isAbsent() ? replaced.own() : row.own(),
            replaced != null && row.own().isAbsent() ? replaced.mode() : row.mode(),
            row.mtime(),
            row.living()));
    changes.add(new NameChange(new Inode(directory), to.name(), null, inode, false));
    count(directory, 1);
    count(source, -1);
  }

  /** Removes a name with all that is visible below it. */
  private void clear(Row top) {
    for (long inode : List.copyOf(state.names.read().values())) {
      Row row = state.nodes.read().get(inode);
      if (row != null && row.directory() == top.inode()) {
        clear(row);
      }
    }
    Row left = state.nodes.read().get(top.inode());
    if (left != null) {
      remove(left);
    }
  }

  /** Gives a name an inode that may be another name's, unless either holds names. */
  private void give(Row row, Inode wanted) {
    Row holder = state.nodes.read().get(wanted.value());
    boolean isHeld = holder != null && holder.living() > 0;
    if (row.inode() == wanted.value() || row.living() > 0 || isHeld) {
      return;
    }
    if (holder != null) {
      number(holder, inodes.getAsLong());
    }
    number(row, wanted.value());
  }

  private void number(Row row, long inode) {
    state.nodes.write().remove(row.inode());
    put(
        new Row(
            inode,
            row.directory(),
            row.name(),
            row.cursor(),
            row.content(),
            row.own(),
            row.mode(),
            row.mtime(),
            row.living()));
    changes.add(
        new NameChange(
            new Inode(row.directory()),
            row.name(),
            new Inode(row.inode()),
            new Inode(inode),
            false));
  }

  private void show(
      RelativePath path, Content content, int mode, FileTime mtime, boolean isSameFile) {
    if (path.isRoot()) {
      Row row = row(root);
      int shown = content.isAbsent() ? row.mode() : mode;
      replace(
          row,
          new Row(root, root, "", 0, row.content(), content, shown, FileTime.EPOCH, row.living()));
      return;
    }
    long directory = content.isAbsent() ? find(path.parent()) : ensure(path.parent());
    if (directory == 0) {
      return;
    }
    @Nullable Row row = child(directory, path.name());
    if (row == null) {
      if (!content.isAbsent()) {
        add(directory, path.name(), content, content, mode, mtime);
      }
    } else if (content.isAbsent() && row.living() == 0) {
      remove(row);
    } else {
      boolean absent = content.isAbsent();
      change(row, content, absent ? row.mode() : mode, absent ? FileTime.EPOCH : mtime, isSameFile);
    }
  }

  private long find(java.util.Optional<RelativePath> directory) {
    long at = root;
    for (String part : directory.orElseThrow().parts()) {
      Row row = child(at, part);
      if (row == null) {
        return 0;
      }
      at = row.inode();
    }
    return at;
  }

  /** The directory's inode, made with all above it where missing. */
  private long ensure(java.util.Optional<RelativePath> directory) {
    long at = root;
    for (String part : directory.orElseThrow().parts()) {
      Row row = child(at, part);
      if (row == null) {
        at =
            add(
                at,
                part,
                new Content.Directory(),
                new Content.Absent(),
                IMPLIED_MODE,
                FileTime.EPOCH);
      } else if (row.content() instanceof Content.Directory) {
        at = row.inode();
      } else {
        at =
            become(row, new Content.Directory(), row.own(), IMPLIED_MODE, FileTime.EPOCH, 0)
                .inode();
      }
    }
    return at;
  }

  private long add(
      long directory, String name, Content content, Content own, int mode, FileTime mtime) {
    long inode = inodes.getAsLong();
    put(new Row(inode, directory, name, cursor(directory, name), content, own, mode, mtime, 0));
    changes.add(new NameChange(new Inode(directory), name, null, new Inode(inode), false));
    count(directory, 1);
    return inode;
  }

  /** The first free one of the name's hash. */
  private long cursor(long directory, String name) {
    int probe = 0;
    long hash = NameHash.of(name);
    while (state
        .cursors
        .read()
        .containsKey(new CursorKey(directory, NameHash.cursor(hash, probe)))) {
      probe++;
    }
    return NameHash.cursor(hash, probe);
  }

  private void remove(Row row) {
    state.nodes.write().remove(row.inode());
    state.names.write().remove(new NameKey(row.directory(), row.name()));
    state.cursors.write().remove(new CursorKey(row.directory(), row.cursor()));
    changes.add(
        new NameChange(
            new Inode(row.directory()), row.name(), new Inode(row.inode()), null, false));
    count(row.directory(), -1);
  }

  /** Adds to the number of visible children, and lets go of a directory that only they implied. */
  private void count(long directory, int more) {
    Row row = row(directory);
    int living = row.living() + more;
    if (directory == root) {
      replace(row, withLiving(row, living));
    } else if (living == 0 && row.own().isAbsent()) {
      remove(row);
    } else if (living == 0 && !(row.own() instanceof Content.Directory)) {
      become(row, row.own(), row.own(), ownMode(row), ownMtime(row), 0);
    } else {
      replace(row, withLiving(row, living));
    }
  }

  /** The own version of a visible name changed. */
  private void change(Row row, Content own, int mode, FileTime mtime, boolean isSameFile) {
    int living = row.living();
    Content content = living > 0 ? new Content.Directory() : own;
    boolean same = content.equals(row.content());
    if (!same && !(isSameFile && living == 0)) {
      become(row, content, own, mode, mtime, living);
      return;
    }
    boolean covered = living > 0 && !(own instanceof Content.Directory);
    int shownMode = covered ? row.mode() : mode;
    FileTime shownMtime = content instanceof Content.Directory ? FileTime.EPOCH : mtime;
    replace(
        row,
        new Row(
            row.inode(),
            row.directory(),
            row.name(),
            row.cursor(),
            content,
            own,
            shownMode,
            shownMtime,
            living));
    if (!same || shownMode != row.mode() || !shownMtime.equals(row.mtime())) {
      Inode inode = new Inode(row.inode());
      changes.add(new NameChange(new Inode(row.directory()), row.name(), inode, inode, !same));
    }
  }

  /** New content: a new inode at the same name. */
  private Row become(Row row, Content content, Content own, int mode, FileTime mtime, int living) {
    long inode = inodes.getAsLong();
    Row next =
        new Row(
            inode, row.directory(), row.name(), row.cursor(), content, own, mode, mtime, living);
    state.nodes.write().remove(row.inode());
    put(next);
    changes.add(
        new NameChange(
            new Inode(row.directory()),
            row.name(),
            new Inode(row.inode()),
            new Inode(inode),
            false));
    return next;
  }

  private int ownMode(Row row) {
    return stateOf(row).metadata().mode();
  }

  private FileTime ownMtime(Row row) {
    return stateOf(row).metadata().mtime();
  }

  private org.realize.sync.port.PathState stateOf(Row row) {
    RelativePath path = pathOf(state, root, row);
    return java.util.Objects.requireNonNull(state.paths.read().get(path), path.toString());
  }

  static RelativePath pathOf(MemoryArenaState state, long root, Row row) {
    if (row.inode() == root) {
      return RelativePath.ROOT;
    }
    Row directory = java.util.Objects.requireNonNull(state.nodes.read().get(row.directory()));
    return pathOf(state, root, directory).child(row.name());
  }

  private static Row withLiving(Row row, int living) {
    return new Row(
        row.inode(),
        row.directory(),
        row.name(),
        row.cursor(),
        row.content(),
        row.own(),
        row.mode(),
        row.mtime(),
        living);
  }

  private void replace(Row before, Row after) {
    if (before.inode() != after.inode()) {
      throw new IllegalArgumentException("another inode");
    }
    state.nodes.write().put(after.inode(), after);
  }

  private void put(Row row) {
    state.nodes.write().put(row.inode(), row);
    state.names.write().put(new NameKey(row.directory(), row.name()), row.inode());
    state.cursors.write().put(new CursorKey(row.directory(), row.cursor()), row.inode());
  }

  private @Nullable Row child(long directory, String name) {
    Long inode = state.names.read().get(new NameKey(directory, name));
    return inode == null ? null : row(inode);
  }

  private Row row(long inode) {
    return java.util.Objects.requireNonNull(state.nodes.read().get(inode));
  }
}
