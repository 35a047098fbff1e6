package org.realize.fuse.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Capacity;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.FileView;

/** The answers to requests about a name or an inode that open nothing. Thread-safe. */
final class NodeRequests {

  private static final String OURS = "user.realize.";

  private final FileView view;
  private final @Nullable EditableView edited;
  private final OpenInodes open;
  private final GoneNodes gone;

  NodeRequests(FileView view, OpenInodes open, GoneNodes gone) {
    this.view = view;
    this.edited = view instanceof EditableView editable ? editable : null;
    this.open = open;
    this.gone = gone;
  }

  /** A name that is not there is an answer too: the kernel remembers it until told otherwise. */
  int lookup(Request in, Reply out) throws RealizeException {
    if (in.textBytes(0) > Protocol.MAX_NAME_BYTES) {
      return -Errno.ENAMETOOLONG;
    }
    Optional<String> name = in.text(0);
    if (name.isEmpty()) {
      return -Errno.ENOENT;
    }
    Attributes found;
    try {
      found = view.lookup(in.inode(), name.get());
    } catch (RealizeException.NotFound e) {
      return out.absentEntry(in.inode());
    }
    return out.entry(0, found);
  }

  /** A file that was replaced or removed is still there for who holds it open. */
  int attributes(Request in, Reply out) throws RealizeException {
    return out.attributes(attributes(in));
  }

  /** As {@link #attributes}, with the time of birth. */
  int statx(Request in, Reply out) throws RealizeException {
    return out.statx(attributes(in));
  }

  private Attributes attributes(Request in) throws RealizeException {
    try {
      Attributes attributes = view.attributes(in.inode());
      if (attributes.isLive()) {
        open.seen(attributes);
      }
      return attributes;
    } catch (RealizeException.NotFound | RealizeException.CallFailed e) {
      if (e instanceof RealizeException.CallFailed failed && failed.errno() != Errno.ESTALE) {
        throw e;
      }
      Optional<Attributes> last =
          edited == null ? open.attributes(in.inode()) : gone.attributes(in.inode());
      return last.orElseThrow(() -> e);
    }
  }

  int forget(Request in) {
    gone.forget(in);
    return Reply.NONE;
  }

  int forgetBatch(Request in) {
    gone.forgetBatch(in);
    return Reply.NONE;
  }

  int readLink(Request in, Reply out) throws RealizeException {
    byte[] target = view.readLink(in.inode()).getBytes(StandardCharsets.UTF_8);
    out.putBytes(0, target);
    return target.length;
  }

  /**
   * In a view that cannot be changed only names of ours can have a value; the kernel asks for
   * others, as security.capability, often.
   */
  int extendedAttribute(Request in, Reply out) throws RealizeException {
    Optional<String> name = in.text(8);
    if (name.isEmpty() || (edited == null && !name.get().startsWith(OURS))) {
      return -Errno.ENODATA;
    }
    Optional<byte[]> value = view.attribute(in.inode(), name.get());
    if (value.isEmpty()) {
      return -Errno.ENODATA;
    }
    return out.value(value.get(), in.bodyInt(0));
  }

  int capacity(Request in, Reply out) throws RealizeException {
    Capacity capacity = edited == null ? view.capacity() : edited.capacity(in.inode());
    out.zero(0, 80);
    out.putLong(0, capacity.blocks());
    out.putLong(8, capacity.freeBlocks());
    out.putLong(16, capacity.availableBlocks());
    out.putLong(24, capacity.files());
    out.putLong(32, capacity.freeFiles());
    out.putInt(40, capacity.blockBytes());
    out.putInt(44, Protocol.MAX_NAME_BYTES);
    out.putInt(48, capacity.blockBytes());
    return 80;
  }
}
