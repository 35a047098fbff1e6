package org.realize.sync.posix;

/** A system call with its number, which differs by architecture for all but the newer calls. */
enum SystemCall {
  BIND(49, 200),
  CAPGET(125, 90),
  CAPSET(126, 91),
  CLOSE(3, 57),
  COPY_FILE_RANGE(326, 285),
  FALLOCATE(285, 47),
  FCHMOD(91, 52),
  FCHMODAT(268, 53),
  FCHOWN(93, 55),
  FCHOWNAT(260, 54),
  FCNTL(72, 25),
  FDATASYNC(75, 83),
  FGETXATTR(193, 10),
  FLISTXATTR(196, 13),
  FREMOVEXATTR(199, 16),
  FSETXATTR(190, 7),
  FSTATFS(138, 44),
  FSYNC(74, 82),
  FTRUNCATE(77, 46),
  GETDENTS64(217, 61),
  GETEGID(108, 177),
  GETEUID(107, 175),
  GETGROUPS(115, 158),
  GETTID(186, 178),
  GETXATTR(191, 8),
  INOTIFY_ADD_WATCH(254, 27),
  INOTIFY_INIT1(294, 26),
  INOTIFY_RM_WATCH(255, 28),
  IOCTL(16, 29),
  IOPRIO_SET(251, 30),
  LINKAT(265, 37),
  LISTXATTR(194, 11),
  LSEEK(8, 62),
  MADVISE(28, 233),
  MKDIRAT(258, 34),
  MKNODAT(259, 33),
  MOUNT(165, 40),
  OPENAT2(437, 437),
  PPOLL(271, 73),
  PREAD64(17, 67),
  PWRITE64(18, 68),
  PWRITEV2(328, 287),
  READ(0, 63),
  READLINKAT(267, 78),
  RECVMSG(47, 212),
  REMOVEXATTR(197, 14),
  RENAMEAT2(316, 276),
  RT_SIGACTION(13, 134),
  SETFSGID(123, 152),
  SETFSUID(122, 151),
  SETGROUPS(116, 159),
  SETXATTR(188, 5),
  SOCKET(41, 198),
  SOCKETPAIR(53, 199),
  STATFS(137, 43),
  STATX(332, 291),
  SYMLINKAT(266, 36),
  SYNCFS(306, 267),
  SYNC_FILE_RANGE(277, 84),
  TRUNCATE(76, 45),
  UMASK(95, 166),
  UMOUNT2(166, 39),
  UNLINKAT(263, 35),
  UNSHARE(272, 97),
  UTIMENSAT(280, 88),
  WAIT4(61, 260),
  WRITE(1, 64);

  private final int x8664;
  private final int generic;

  SystemCall(int x8664, int generic) {
    this.x8664 = x8664;
    this.generic = generic;
  }

  /** The number on this machine. */
  int number() {
    return Architecture.GENERIC ? generic : x8664;
  }

  /** The architecture; throws {@link UnsupportedOperationException} when it is not known. */
  private static final class Architecture {
    /** The table that new architectures share. */
    static final boolean GENERIC =
        switch (System.getProperty("os.arch")) {
          case "amd64", "x86_64" -> false;
          case "aarch64", "riscv64" -> true;
          case String other ->
              throw new UnsupportedOperationException("no system calls known for " + other);
        };
  }
}
