package org.realize.sync.view;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.arena.PathMarks;
import org.realize.sync.content.OpenFile;
import org.realize.sync.content.RealBytes;
import org.realize.sync.content.RealFile;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.IsADirectory;
import org.realize.sync.model.RealizeException.NotADirectory;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.CommitListener.NameChange;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.Listed;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.real.Real;
import org.realize.sync.transfer.Downloader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One arena's part of the view. A look-up or stat costs one look-up in the store and no lock; only
 * opening and extended attributes look up the path as well.
 */
final class ArenaView implements Region {

  private static final Logger LOG = LoggerFactory.getLogger(ArenaView.class);
  private static final long DIRECTORY_BYTES = 4096;

  /** A file as one state of the store shows it. */
  record Shown(RelativePath path, Content.File content, Optional<PathState> state) {}

  private final Arena arena;
  private final Downloader downloader;
  private final Inode root;
  private final FileTime born;
  private final StatusAttributes status;
  private final ChangingFiles changing;

  /** Inodes of real files of which a read gave, and the kernel may keep, other bytes. */
  private final Set<Inode> mixed = ConcurrentHashMap.newKeySet();

  /**
   * A view on an arena.
   *
   * @param marks the arena's
   * @param born the mtime of directories that have none
   */
  ArenaView(PathMarks marks, Downloader downloader, PeerDirectory peers, FileTime born)
      throws RealizeException {
    this.arena = marks.arena();
    this.downloader = downloader;
    this.born = born;
    this.root = arena.store().read(ArenaReader::root);
    this.status = new StatusAttributes(marks, peers);
    this.changing = new ChangingFiles(arena);
  }

  ArenaName name() {
    return arena.name();
  }

  Inode root() {
    return root;
  }

  ChangingFiles changing() {
    return changing;
  }

  @Override
  public Attributes lookup(Inode directory, String name) throws RealizeException {
    Node node = arena.store().read(r -> r.child(directory, name)).orElse(null);
    if (node == null) {
      throw new NotFound("no '" + name + "' in " + directory + " of " + name());
    }
    return attributes(node);
  }

  @Override
  public Attributes attributes(Inode inode) throws RealizeException {
    return attributes(node(inode));
  }

  @Override
  public Inode parent(Inode inode) throws RealizeException {
    return node(inode).directory();
  }

  RelativePath pathOf(Inode inode) throws RealizeException {
    return arena.store().read(r -> r.pathOf(inode).orElseThrow(() -> gone(inode)));
  }

  private Node node(Inode inode) throws RealizeException {
    Node node = arena.store().read(r -> r.node(inode)).orElse(null);
    if (node == null) {
      throw gone(inode);
    }
    return node;
  }

  private NotFound gone(Inode inode) {
    return new NotFound("no " + inode + " in " + name());
  }

  Attributes attributes(Node node) {
    return switch (node.content()) {
      case Content.File file ->
          changing
              .attributes(node.inode())
              .orElseGet(() ->
                  new Attributes(
                      node.inode(), FileKind.FILE, node.mode(), file.sizeBytes(), 1, node.mtime()));
      case Content.Link link ->
          new Attributes(
              node.inode(), FileKind.LINK, 0777, utf8Length(link.target()), 1, node.mtime());
      case Content.Directory _ ->
          new Attributes(
              node.inode(),
              FileKind.DIRECTORY,
              node.mode(),
              DIRECTORY_BYTES,
              2,
              node.mtime().equals(FileTime.EPOCH) ? born : node.mtime());
      case Content.Absent _ ->
          throw new IllegalStateException("the tree shows a tombstone: " + node);
    };
  }

  private static long utf8Length(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return text.getBytes(StandardCharsets.UTF_8).length;
      }
    }
    return text.length();
  }

  @Override
  public String readLink(Inode inode) throws RealizeException {
    Node node = node(inode);
    if (node.content() instanceof Content.Link link) {
      return link.target();
    }
    throw new Invalid("read link '" + node.name() + "' of " + name() + ": it is none");
  }

  @Override
  public List<DirectoryEntry> list(Inode directory, long cursor, int max) throws RealizeException {
    List<Listed> listed = arena.store().read(r -> r.list(directory, cursor, max));
    if (listed.isEmpty() && cursor == 0) {
      requireDirectory(directory);
    }
    List<DirectoryEntry> entries = new ArrayList<>(listed.size());
    for (Listed entry : listed) {
      Node node = entry.node();
      entries.add(new DirectoryEntry(entry.cursor(), node.name(), attributes(node)));
    }
    return entries;
  }

  void requireDirectory(Inode inode) throws RealizeException {
    Node node = node(inode);
    if (!(node.content() instanceof Content.Directory)) {
      throw new NotADirectory("'" + node.name() + "' of " + name() + " is no directory");
    }
  }

  /** Opens the real file that is shown as it is on the disk, everything else as it is shown. */
  @Override
  public OpenFile open(Inode inode) throws RealizeException {
    Shown shown = shown(inode);
    Real root = arena.root();
    PathState state = shown.state().filter(s -> s.isReal(shown.content())).orElse(null);
    if (root != null && state != null) {
      RealBytes bytes = RealBytes.open(root.disk(), state, OpenMode.READ).orElse(null);
      if (bytes != null) {
        return new RealFile(bytes, pages(inode, bytes), () -> noteMixed(inode));
      }
    }
    return downloader.open(shown.path(), shown.content());
  }

  /** Opens a version that the path does not show. */
  OpenFile openAlternative(PathState state, Content.File content) throws RealizeException {
    Real root = arena.root();
    if (root != null && state.isReal(content)) {
      RealBytes bytes = RealBytes.open(root.disk(), state, OpenMode.READ).orElse(null);
      if (bytes != null) {
        return new RealFile(bytes, OpenFile.Pages.UNCACHED, () -> {});
      }
    }
    return downloader.open(state.path(), content);
  }

  ArenaStore store() {
    return arena.store();
  }

  private OpenFile.Pages pages(Inode inode, RealBytes bytes) {
    if (!bytes.isAsIndexed()) {
      return OpenFile.Pages.UNCACHED;
    }
    return mixed.remove(inode) ? OpenFile.Pages.DROPPED : OpenFile.Pages.KEPT;
  }

  /** Notes that the kernel may have pages of {@code inode} that are of another content. */
  private void noteMixed(Inode inode) {
    try {
      if (arena.store().read(r -> r.node(inode)).isEmpty()) {
        return; // its pages are never used again
      }
    } catch (RealizeException e) {
      LOG.debug("look for {} of {}: {}", inode, name(), e.oneLine());
    }
    mixed.add(inode);
  }

  /** Forgets inodes that are no longer shown. */
  void committed(List<NameChange> changes) {
    if (mixed.isEmpty()) {
      return;
    }
    for (NameChange change : changes) {
      Inode before = change.before();
      if (before != null && !before.equals(change.after())) {
        mixed.remove(before);
      }
    }
  }

  /** What the file {@code inode} shows, of one state of the store. */
  private Shown shown(Inode inode) throws RealizeException {
    return arena
        .store()
        .read(r -> {
          Node node = r.node(inode).orElseThrow(() -> gone(inode));
          return switch (node.content()) {
            case Content.File file -> {
              RelativePath path = r.pathOf(inode).orElseThrow(() -> gone(inode));
              yield new Shown(path, file, r.path(path));
            }
            case Content.Directory _ ->
                throw new IsADirectory("open '" + node.name() + "' of " + name());
            case Content.Link _, Content.Absent _ ->
                throw new Invalid("open '" + node.name() + "' of " + name() + ": no file");
          };
        });
  }

  @Override
  public Optional<byte[]> attribute(Inode inode, String attribute) throws RealizeException {
    return status.value(inode, attribute);
  }

  @Override
  public void setOwnAttribute(
      Inode inode, String name, byte @Nullable [] value, AttributeSetting setting)
      throws RealizeException {
    status.set(inode, name, value, setting);
  }

  /** The attributes that tell what is known of a path. */
  StatusAttributes status() {
    return status;
  }
}
