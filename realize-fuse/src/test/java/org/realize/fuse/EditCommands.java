package org.realize.fuse;

import java.io.IOException;
import java.time.Duration;
import org.realize.fuse.EditedTree.EditedFile;
import org.realize.sync.model.Inode;
import org.realize.sync.view.EntryName;

/** The commands of a {@link Twin} that is edited: changes by something else than the mount. */
final class EditCommands implements Twin {

  private final MemoryFileSystem view;
  private final ViewEdits edits;

  EditCommands(MemoryFileSystem view) {
    this.view = view;
    this.edits = new ViewEdits(view);
  }

  @Override
  public String tell(String... words) throws IOException {
    switch (words[0]) {
      case "opened" -> {
        return String.valueOf(view.openFiles());
      }
      case "writes" -> {
        return String.valueOf(view.writes());
      }
      case "size" -> {
        return String.valueOf(edits.stat(words[1]).size());
      }
      case "grow" -> grow(words[1], words[2]);
      case "slow-lookup" -> view.delayLookup(words[1], Duration.ofMillis(Long.parseLong(words[2])));
      case "free" -> view.free(Long.parseLong(words[1]));
      case "write" -> write(words[1], words[2]);
      case "remove" -> {
        edits.unlink(words[1]);
        view.tellEntry(name(words[1]));
      }
      case "peer-write" -> peerWrite(words[1], words[2]);
      case "peer-change" -> {
        grow(words[1], words[2]);
        view.tellContent(new Inode(edits.inode(words[1])));
      }
      case "peer-mode" -> {
        edits.chmod(words[1], Integer.parseInt(words[2], 8));
        view.tellAttributes(new Inode(edits.inode(words[1])));
      }
      case "peer-directory" -> {
        edits.mkdir(words[1], 0755);
        view.tellEntry(name(words[1]), null, new Inode(edits.inode(words[1])));
      }
      case "peer-link" -> {
        edits.symlink(words[2], words[1]);
        view.tellEntry(name(words[1]), null, new Inode(edits.inode(words[1])));
      }
      case "peer-remove" -> {
        Inode before = new Inode(edits.inode(words[1]));
        edits.unlink(words[1]);
        view.tellEntry(name(words[1]), before, null);
      }
      case "inode" -> {
        return String.valueOf(edits.inode(words[1]));
      }
      case "tell-replaced" ->
          view.tellEntry(
              name(words[1]),
              new Inode(Long.parseLong(words[2])),
              new Inode(edits.inode(words[1])));
      case "tell-move" ->
          view.tellMove(name(words[1]), name(words[2]), new Inode(edits.inode(words[1])));
      case "peer-replace" -> {
        Inode before = new Inode(edits.inode(words[2]));
        edits.rename(words[1], words[2], 0);
        view.tellEntry(name(words[2]), before, new Inode(edits.inode(words[2])));
      }
      case "unlink" -> edits.unlink(words[1]);
      case "tell-unknown" -> view.tellEntry(name(words[1]));
      case "tell-removed" ->
          view.tellEntry(name(words[1]), new Inode(Long.parseLong(words[2])), null);
      case "peer-rename" -> {
        Inode moved = new Inode(edits.inode(words[1]));
        edits.rename(words[1], words[2], 0);
        view.tellMove(name(words[1]), name(words[2]), moved);
      }
      case "rename" -> {
        edits.rename(words[1], words[2], 0);
        view.tellEntry(name(words[1]));
        view.tellEntry(name(words[2]));
      }
      default -> throw new IllegalArgumentException("command " + words[0]);
    }
    return "";
  }

  private void write(String path, String text) throws IOException {
    int flags = EditedTree.O_RDWR | EditedTree.O_CREAT | EditedTree.O_TRUNC;
    try (EditedFile file = edits.open(path, flags, 0644)) {
      file.write(0, EditContract.bytes(text));
    }
    view.tellEntry(name(path));
    view.tellContent(new Inode(edits.inode(path)));
  }

  /** Puts a new version in the place of what is there, as an inode of its own. */
  private void peerWrite(String path, String text) throws IOException {
    Inode before;
    try {
      before = new Inode(edits.inode(path));
    } catch (Tree.Refused absent) {
      before = null;
    }
    String fresh = path + ".fresh";
    try (EditedFile file =
        edits.open(fresh, EditedTree.O_RDWR | EditedTree.O_CREAT | EditedTree.O_EXCL, 0644)) {
      file.write(0, EditContract.bytes(text));
    }
    edits.rename(fresh, path, 0);
    view.tellEntry(name(path), before, new Inode(edits.inode(path)));
  }

  /** Appends without notifying anybody. */
  private void grow(String path, String text) throws IOException {
    try (EditedFile file = edits.open(path, EditedTree.O_WRONLY | EditedTree.O_APPEND, 0)) {
      file.write(0, EditContract.bytes(text));
    }
  }

  private EntryName name(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    Inode directory = new Inode(edits.inode(slash < 0 ? "" : path.substring(0, slash)));
    return new EntryName(directory, path.substring(slash + 1));
  }
}
