package org.realize.fuse.kernel;

/** Numbers of the FUSE protocol, version 7, as {@code linux/fuse.h} defines them. */
final class Protocol {

  static final int MAJOR = 7;

  /** The oldest minor version that is spoken: Linux 5.4. */
  static final int OLDEST_MINOR = 31;

  /** The newest minor version that is agreed to at INIT: the first with passthrough. */
  static final int NEWEST_MINOR = 40;

  static final int IN_HEADER_BYTES = 40;
  static final int OUT_HEADER_BYTES = 16;
  static final int ATTRIBUTE_BYTES = 88;
  static final int ENTRY_BYTES = 128;
  static final int DIRENT_BYTES = 24;

  /** The most bytes of one read: 256 pages. */
  static final int MAX_REQUEST_BYTES = 1 << 20;

  static final int MAX_PAGES = MAX_REQUEST_BYTES / 4096;
  static final int MAX_NAME_BYTES = 255;

  private Protocol() {}

  /** The kind of a request. */
  static final class Opcode {
    static final int LOOKUP = 1;
    static final int FORGET = 2;
    static final int GETATTR = 3;
    static final int SETATTR = 4;
    static final int READLINK = 5;
    static final int SYMLINK = 6;
    static final int MKNOD = 8;
    static final int MKDIR = 9;
    static final int UNLINK = 10;
    static final int RMDIR = 11;
    static final int RENAME = 12;
    static final int LINK = 13;
    static final int OPEN = 14;
    static final int READ = 15;
    static final int WRITE = 16;
    static final int STATFS = 17;
    static final int RELEASE = 18;
    static final int FSYNC = 20;
    static final int SETXATTR = 21;
    static final int GETXATTR = 22;
    static final int LISTXATTR = 23;
    static final int REMOVEXATTR = 24;
    static final int FLUSH = 25;
    static final int INIT = 26;
    static final int OPENDIR = 27;
    static final int READDIR = 28;
    static final int RELEASEDIR = 29;
    static final int FSYNCDIR = 30;
    static final int ACCESS = 34;
    static final int CREATE = 35;
    static final int INTERRUPT = 36;
    static final int DESTROY = 38;
    static final int BATCH_FORGET = 42;
    static final int FALLOCATE = 43;
    static final int READDIRPLUS = 44;
    static final int RENAME2 = 45;
    static final int LSEEK = 46;
    static final int COPY_FILE_RANGE = 47;
    static final int TMPFILE = 51;
    static final int STATX = 52;
    static final int COPY_FILE_RANGE_64 = 53;

    private Opcode() {}
  }

  /** The features that the kernel offers at INIT and those that are accepted. */
  static final class Init {
    static final long ASYNC_READ = 1;
    static final long ATOMIC_O_TRUNC = 1 << 3;
    static final long BIG_WRITES = 1 << 5;
    static final long DONT_MASK = 1 << 6;
    static final long DO_READDIRPLUS = 1 << 13;
    static final long READDIRPLUS_AUTO = 1 << 14;
    static final long PARALLEL_DIROPS = 1 << 18;
    static final long POSIX_ACL = 1 << 20;
    static final long MAX_PAGES = 1 << 22;
    static final long CACHE_SYMLINKS = 1 << 23;
    static final long HANDLE_KILLPRIV_V2 = 1 << 28;
    static final long SETXATTR_EXT = 1 << 29;
    static final long INIT_EXT = 1L << 30;
    static final long DIRECT_IO_ALLOW_MMAP = 1L << 36;
    static final long PASSTHROUGH = 1L << 37;

    private Init() {}
  }

  /** The flags of a reply to OPEN and OPENDIR. */
  static final class Open {
    static final int DIRECT_IO = 1;
    static final int KEEP_CACHE = 1 << 1;
    static final int CACHE_DIR = 1 << 3;
    static final int NOFLUSH = 1 << 5;
    static final int PASSTHROUGH = 1 << 7;

    private Open() {}
  }

  /** The fields of a request SETATTR that are valid. */
  static final class Setattr {
    static final int MODE = 1;
    static final int UID = 1 << 1;
    static final int GID = 1 << 2;
    static final int SIZE = 1 << 3;
    static final int ATIME = 1 << 4;
    static final int MTIME = 1 << 5;
    static final int HANDLE = 1 << 6;
    static final int ATIME_NOW = 1 << 7;
    static final int MTIME_NOW = 1 << 8;
    static final int KILL_SUIDGID = 1 << 11;

    private Setattr() {}
  }

  /** The answer to STATX: "struct fuse_statx_out". */
  static final class Statx {
    static final int BYTES = 288;
    static final int STAT = 32;
    static final int BASIC = 0x7ff;
    static final int BIRTH_TIME = 0x800;

    private Statx() {}
  }

  /** The kind of a message to the kernel that answers no request. */
  static final class Notify {
    static final int INVAL_INODE = 2;
    static final int INVAL_ENTRY = 3;

    /**
     * Every cached name is looked up again. Kernels since 7.44 take it whatever version was agreed
     * to, older ones answer EINVAL.
     */
    static final int INC_EPOCH = 8;

    private Notify() {}
  }

  /** Requests of ioctl(2) on the device. */
  static final class Control {
    static final long CLONE = 0x8004e500L;
    static final long BACKING_OPEN = 0x4010e501L;
    static final long BACKING_CLOSE = 0x4004e502L;

    private Control() {}
  }
}
