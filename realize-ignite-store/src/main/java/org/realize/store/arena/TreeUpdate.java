package org.realize.store.arena;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.CommitListener.NameChange;
import org.realize.sync.port.Listed;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;

/**
 * The update of the visible tree to the states of its paths within one change.
 *
 * <p>A name is visible while its own version shows something or something visible lies below it; in
 * the latter case it is a directory, whatever its own version. So showing a path may first make the
 * directories above it, and hiding one may take with it those above that were visible only because
 * of it.
 */
final class TreeUpdate {
  private final RowChanges changes;
  private final TreeRows tree;
  private final Head head;
  private final Inodes inodes;
  private final States states;
  private final Map<Name, Shift> shifts = new LinkedHashMap<>();

  private record Name(Inode directory, String name) {}

  private record Shift(@Nullable Inode before, @Nullable Inode after, boolean isEdited) {}

  /** A source of new inodes. */
  interface Inodes {
    long next() throws StorageFailed;
  }

  /** A lookup of the state of a path. */
  interface States {
    @Nullable PathState of(RelativePath path) throws StorageFailed;
  }

  TreeUpdate(RowChanges changes, TreeRows tree, Head head, Inodes inodes, States states) {
    this.changes = changes;
    this.tree = tree;
    this.head = head;
    this.inodes = inodes;
    this.states = states;
  }

  /** The names that changed, each once. */
  List<NameChange> nameChanges() {
    List<NameChange> list = new ArrayList<>();
    shifts.forEach((name, shift) -> {
      if (shift.before() != null || shift.after() != null) {
        boolean isEdited = shift.isEdited() && Objects.equals(shift.before(), shift.after());
        list.add(
            new NameChange(name.directory(), name.name(), shift.before(), shift.after(), isEdited));
      }
    });
    return list;
  }

  /**
   * Shows what the state of its path asks for.
   *
   * @param isSameFile the name keeps its inode though its content may be another
   * @param wanted the inode for what the path itself shows; null where that does not matter
   */
  void show(PathState state, boolean isSameFile, @Nullable Inode wanted) throws StorageFailed {
    RelativePath path = state.path();
    Content own = state.shown().content();
    int mode = state.metadata().mode();
    if (path.isRoot()) {
      if (!own.isAbsent()) {
        head.rootMode = mode;
      }
      return;
    }
    RelativePath parent = path.parent().orElseThrow();
    long directory = own.isAbsent() ? find(parent) : make(parent);
    if (directory == 0) {
      return;
    }
    TreeRows.ShownName before = tree.child(directory, path.name());
    if (!own.isAbsent()) {
      Inode kept = isSameFile && before != null ? before.node().inode() : null;
      Inode inode = wanted == null ? kept : wanted;
      place(new Name(new Inode(directory), path.name()), before, state, inode);
    } else if (before != null) {
      hide(path, before);
    }
  }

  /**
   * Gives what is visible at one path, a directory with all that is in it, another name, without a
   * look at what is in it. What was visible there goes.
   */
  void move(RelativePath from, RelativePath to) throws StorageFailed {
    RelativePath above = from.parent().orElseThrow();
    long source = find(above);
    TreeRows.ShownName shown = source == 0 ? null : tree.child(source, from.name());
    if (shown == null) {
      return;
    }
    long directory = make(to.parent().orElseThrow());
    TreeRows.ShownName replaced = tree.child(directory, to.name());
    if (replaced != null) {
      clear(replaced.node());
    }
    Node old = shown.node();
    Inode target = new Inode(directory);
    tree.remove(changes, old);
    note(new Name(old.directory(), old.name()), new Shift(old.inode(), null, false));
    // one that is there only for what lies below it is now the one that it replaces
    TreeRows.ShownName like =
        replaced != null && shown.own() == TreeRows.Own.ABSENT ? replaced : shown;
    int mode = like.node().mode();
    Node node = new Node(old.inode(), target, to.name(), old.content(), mode, old.mtime());
    tree.put(changes, null, new TreeRows.ShownName(node, like.own()));
    note(new Name(target, to.name()), new Shift(null, old.inode(), false));
    if (source != head.root && tree.living(source) == 0) {
      emptied(above, Objects.requireNonNull(tree.node(source)));
    }
  }

  /** Removes a name with all that is visible below it. */
  private void clear(Node top) throws StorageFailed {
    Deque<Node> open = new ArrayDeque<>(List.of(top)); // no recursion
    while (!open.isEmpty()) {
      Node node = open.getFirst();
      List<Listed> below =
          holdsNames(node) ? tree.list(node.inode().value(), 0, 1) : List.<Listed>of();
      if (below.isEmpty()) {
        open.pop();
        tree.remove(changes, node);
        note(new Name(node.directory(), node.name()), new Shift(node.inode(), null, false));
      } else {
        open.push(below.getFirst().node());
      }
    }
  }

  private long find(RelativePath path) throws StorageFailed {
    long at = head.root;
    for (String part : path.parts()) {
      TreeRows.ShownName shown = tree.child(at, part);
      if (shown == null) {
        return 0;
      }
      at = shown.node().inode().value();
    }
    return at;
  }

  /** The directory at a path, made with all above it where there is none. */
  private long make(RelativePath path) throws StorageFailed {
    long at = head.root;
    for (String part : path.parts()) {
      TreeRows.ShownName shown = tree.child(at, part);
      if (shown == null || !(shown.node().content() instanceof Content.Directory)) {
        TreeRows.Own own = shown == null ? TreeRows.Own.ABSENT : shown.own();
        shown =
            put(
                at,
                part,
                shown,
                new Content.Directory(),
                own,
                TreeRows.IMPLIED_MODE,
                FileTime.EPOCH);
      }
      at = shown.node().inode().value();
    }
    return at;
  }

  private void place(
      Name name, TreeRows.@Nullable ShownName before, PathState state, @Nullable Inode inode)
      throws StorageFailed {
    Content own = state.shown().content();
    long directory = name.directory().value();
    if (before != null && !(own instanceof Content.Directory) && holdsNames(before.node())) {
      put(
          directory,
          name.name(),
          before,
          new Content.Directory(),
          TreeRows.Own.OTHER,
          before.node().mode(),
          FileTime.EPOCH);
      return;
    }
    Node old = before == null ? null : before.node();
    FileTime mtime = own instanceof Content.Directory ? FileTime.EPOCH : state.metadata().mtime();
    Inode chosen = inode != null && isFree(old, inode) ? inode : inode(old, own);
    Node node =
        new Node(chosen, name.directory(), name.name(), own, state.metadata().mode(), mtime);
    put(before, new TreeRows.ShownName(node, TreeRows.Own.of(own)));
  }

  /** True if {@code inode} is that of {@code old}, or was made free for its name. */
  private boolean isFree(@Nullable Node old, Inode inode) throws StorageFailed {
    if (old != null && old.inode().equals(inode)) {
      return true;
    }
    TreeRows.ShownName holder = tree.node(inode.value());
    if ((old != null && holdsNames(old)) || (holder != null && holdsNames(holder.node()))) {
      return false;
    }
    if (holder != null) {
      Node at = holder.node();
      Inode other = new Inode(inodes.next());
      Node moved = new Node(other, at.directory(), at.name(), at.content(), at.mode(), at.mtime());
      put(holder, new TreeRows.ShownName(moved, holder.own()));
    }
    return true;
  }

  private Inode inode(@Nullable Node old, Content content) throws StorageFailed {
    return old != null && old.content().equals(content) ? old.inode() : new Inode(inodes.next());
  }

  /** True if something visible lies below a node; costs no look-up for what is no directory. */
  private boolean holdsNames(Node node) throws StorageFailed {
    return node.content() instanceof Content.Directory && tree.living(node.inode().value()) > 0;
  }

  /** A name whose own version shows nothing: it stays while something lies below it. */
  private void hide(RelativePath path, TreeRows.ShownName before) throws StorageFailed {
    Node node = before.node();
    long directory = node.directory().value();
    if (holdsNames(node)) {
      put(
          directory,
          node.name(),
          before,
          node.content(),
          TreeRows.Own.ABSENT,
          node.mode(),
          FileTime.EPOCH);
      return;
    }
    tree.remove(changes, node);
    note(new Name(node.directory(), node.name()), new Shift(node.inode(), null, false));
    if (directory != head.root && tree.living(directory) == 0) {
      emptied(path.parent().orElseThrow(), Objects.requireNonNull(tree.node(directory)));
    }
  }

  /** A directory whose last visible child went shows its own version again. */
  private void emptied(RelativePath path, TreeRows.ShownName shown) throws StorageFailed {
    switch (shown.own()) {
      case ABSENT -> hide(path, shown);
      case DIRECTORY -> {}
      case OTHER -> show(Objects.requireNonNull(states.of(path)), false, null);
    }
  }

  private TreeRows.ShownName put(
      long directory,
      String name,
      TreeRows.@Nullable ShownName before,
      Content content,
      TreeRows.Own own,
      int mode,
      FileTime mtime)
      throws StorageFailed {
    Inode inode = inode(before == null ? null : before.node(), content);
    Node node = new Node(inode, new Inode(directory), name, content, mode, mtime);
    return put(before, new TreeRows.ShownName(node, own));
  }

  private TreeRows.ShownName put(TreeRows.@Nullable ShownName before, TreeRows.ShownName after)
      throws StorageFailed {
    if (after.equals(before)) {
      return after;
    }
    Node old = before == null ? null : before.node();
    Node node = after.node();
    tree.put(changes, old, after);
    if (!node.equals(old)) {
      boolean isEdited = old != null && !old.content().equals(node.content());
      Inode earlier = old == null ? null : old.inode();
      note(new Name(node.directory(), node.name()), new Shift(earlier, node.inode(), isEdited));
    }
    return after;
  }

  private void note(Name name, Shift shift) {
    shifts.merge(
        name,
        shift,
        (old, now) -> new Shift(old.before(), now.after(), old.isEdited() || now.isEdited()));
  }
}
