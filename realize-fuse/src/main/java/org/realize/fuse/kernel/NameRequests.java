package org.realize.fuse.kernel;

import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.RenameKind;

/** The answers to requests that add, move and remove names. Thread-safe. */
final class NameRequests {

  private static final int PERMISSIONS = 07777;
  private static final int NOREPLACE = 1;
  private static final int EXCHANGE = 2;

  private final EditableView view;
  private final GoneNodes gone;

  NameRequests(EditableView view, GoneNodes gone) {
    this.view = view;
    this.gone = gone;
  }

  int makeNode(Request in, Reply out) throws RealizeException {
    int mode = in.bodyInt(0);
    EntryName at = new EntryName(in.inode(), in.newName(16));
    NewMode permissions = new NewMode(mode & PERMISSIONS, in.bodyInt(8));
    Attributes made =
        view.makeNode(at, FileKind.ofMode(mode), in.bodyInt(4), permissions, in.caller());
    return out.entry(0, made);
  }

  int makeDirectory(Request in, Reply out) throws RealizeException {
    EntryName at = new EntryName(in.inode(), in.newName(8));
    NewMode mode = new NewMode(in.bodyInt(0) & PERMISSIONS, in.bodyInt(4));
    return out.entry(0, view.makeDirectory(at, mode, in.caller()));
  }

  int makeLink(Request in, Reply out) throws RealizeException {
    EntryName at = new EntryName(in.inode(), in.newName(0));
    String target =
        in.text(in.textBytes(0) + 1)
            .orElseThrow(() -> new RealizeException.CallFailed("link text", Errno.EILSEQ));
    return out.entry(0, view.makeLink(at, target, in.caller()));
  }

  int link(Request in, Reply out) throws RealizeException {
    EntryName at = new EntryName(in.inode(), in.newName(8));
    return out.entry(0, view.link(Request.inode(in.bodyLong(0)), at, in.caller()));
  }

  int rename(Request in) throws RealizeException {
    return rename(in, 8, RenameKind.REPLACE);
  }

  int renameByKind(Request in) throws RealizeException {
    return switch (in.bodyInt(8)) {
      case 0 -> rename(in, 16, RenameKind.REPLACE);
      case NOREPLACE -> rename(in, 16, RenameKind.NEW);
      case EXCHANGE -> rename(in, 16, RenameKind.EXCHANGE);
      default -> -Errno.EINVAL;
    };
  }

  private int rename(Request in, int names, RenameKind kind) throws RealizeException {
    EntryName from = new EntryName(in.inode(), in.knownName(names));
    String newName = in.newName(names + in.textBytes(names) + 1);
    EntryName to = new EntryName(Request.inode(in.bodyLong(0)), newName);
    Optional<Attributes> replaced = kind == RenameKind.REPLACE ? find(to) : Optional.empty();
    view.rename(from, to, kind, in.caller());
    replaced.ifPresent(gone::add);
    return 0;
  }

  int remove(Request in) throws RealizeException {
    EntryName at = new EntryName(in.inode(), in.knownName(0));
    Optional<Attributes> removed = find(at);
    view.remove(at, in.caller());
    removed.ifPresent(gone::add);
    return 0;
  }

  int removeDirectory(Request in) throws RealizeException {
    EntryName at = new EntryName(in.inode(), in.knownName(0));
    Optional<Attributes> removed = find(at);
    view.removeDirectory(at, in.caller());
    removed.ifPresent(gone::add);
    return 0;
  }

  private Optional<Attributes> find(EntryName at) throws RealizeException {
    try {
      return Optional.of(view.lookup(at.directory(), at.name()));
    } catch (RealizeException.NotFound e) {
      return Optional.empty();
    }
  }
}
