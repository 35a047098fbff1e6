package org.realize.fuse.kernel;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.kernel.Protocol.Setattr;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.TimeChange;

/** The answers to requests that change attributes, ordinary and extended ones. Thread-safe. */
final class AttributeRequests {

  /** The fields of chown(2) with neither user nor group, which takes set-id bits away, too. */
  private static final int CHOWN_OF_NEITHER = 0;

  private static final int CREATE = 1;
  private static final int REPLACE = 2;

  private final EditableView view;
  private final FileHandles handles;

  /** The offset of name and value in SETXATTR, which newer kernels may make longer. */
  private final int settingBytes;

  AttributeRequests(EditableView view, FileHandles handles, Handshake agreed) {
    this.view = view;
    this.handles = handles;
    this.settingBytes = agreed.hasLongSetting() ? 16 : 8;
  }

  int change(Request in, Reply out) throws RealizeException {
    int valid = in.bodyInt(0);
    @Nullable OpenFile open = has(valid, Setattr.HANDLE) ? handles.file(in.bodyLong(8)) : null;
    AttributeChange change =
        new AttributeChange(
            has(valid, Setattr.MODE) ? in.bodyInt(68) & 07777 : null,
            owner(in, valid),
            has(valid, Setattr.SIZE) ? in.bodyLong(16) : null,
            time(in, has(valid, Setattr.ATIME), has(valid, Setattr.ATIME_NOW), 32, 56),
            time(in, has(valid, Setattr.MTIME), has(valid, Setattr.MTIME_NOW), 40, 60),
            has(valid, Setattr.KILL_SUIDGID) || (valid & ~Setattr.HANDLE) == CHOWN_OF_NEITHER);
    return out.attributes(view.change(in.inode(), open, change, in.caller()));
  }

  private static boolean has(int valid, int field) {
    return (valid & field) != 0;
  }

  private static FileOwner owner(Request in, int valid) {
    int uid = has(valid, Setattr.UID) ? in.bodyInt(76) : -1;
    int gid = has(valid, Setattr.GID) ? in.bodyInt(80) : -1;
    return uid == -1 && gid == -1 ? FileOwner.NOT_GIVEN : new FileOwner(uid, gid);
  }

  private static TimeChange time(Request in, boolean given, boolean now, int seconds, int nanos) {
    if (!given) {
      return TimeChange.STAYS;
    }
    return now
        ? TimeChange.NOW
        : new TimeChange.To(new FileTime(in.bodyLong(seconds), in.bodyInt(nanos)));
  }

  int names(Request in, Reply out) throws RealizeException {
    StringBuilder names = new StringBuilder();
    view.attributeNames(in.inode()).forEach(name -> names.append(name).append('\0'));
    return out.value(names.toString().getBytes(StandardCharsets.UTF_8), in.bodyInt(0));
  }

  int set(Request in) throws RealizeException {
    int bytes = in.bodyInt(0);
    AttributeSetting setting =
        switch (in.bodyInt(4)) {
          case 0 -> AttributeSetting.ALWAYS;
          case CREATE -> AttributeSetting.NEW;
          case REPLACE -> AttributeSetting.EXISTING;
          default -> throw new RealizeException.CallFailed("setxattr", Errno.EINVAL);
        };
    String name = in.newName(settingBytes);
    byte[] value = new byte[bytes];
    in.slice(settingBytes + in.textBytes(settingBytes) + 1, bytes).get(value);
    view.setAttribute(in.inode(), name, value, setting, in.caller());
    return 0;
  }

  int remove(Request in) throws RealizeException {
    view.removeAttribute(in.inode(), in.newName(0), in.caller());
    return 0;
  }
}
