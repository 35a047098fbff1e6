package org.realize.store.disk;

/** Numbers of system calls, which differ by architecture; those of newer calls do not. */
record SyscallNumbers(
    int close,
    int fchmod,
    int fchown,
    int fcntl,
    int fallocate,
    int fdatasync,
    int fgetxattr,
    int flistxattr,
    int fsetxattr,
    int fstatfs,
    int fsync,
    int ftruncate,
    int getdents64,
    int ioctl,
    int ioprioSet,
    int linkat,
    int lseek,
    int mkdirat,
    int pread64,
    int pwrite64,
    int readlinkat,
    int renameat2,
    int statx,
    int symlinkat,
    int syncFileRange,
    int syncfs,
    int unlinkat,
    int utimensat) {

  static final int OPENAT2 = 437;

  private static final SyscallNumbers X86_64 =
      new SyscallNumbers(
          3, 91, 93, 72, 285, 75, 193, 196, 190, 138, 74, 77, 217, 16, 251, 265, 8, 258, 17, 18,
          267, 316, 332, 266, 277, 306, 263, 280);

  /** The table that new architectures share. */
  private static final SyscallNumbers GENERIC =
      new SyscallNumbers(
          57, 52, 55, 25, 47, 83, 10, 13, 7, 44, 82, 46, 61, 29, 30, 37, 62, 34, 67, 68, 78, 276,
          291, 36, 84, 267, 35, 88);

  /** Those of this machine; throws {@link UnsupportedOperationException} when it is not known. */
  static SyscallNumbers ofThisMachine() {
    String architecture = System.getProperty("os.arch");
    return switch (architecture) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "riscv64" -> GENERIC;
      default ->
          throw new UnsupportedOperationException("no system calls known for " + architecture);
    };
  }
}
