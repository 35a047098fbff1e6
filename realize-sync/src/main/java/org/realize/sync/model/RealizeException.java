package org.realize.sync.model;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An expected failure. The message names the action, the path and the peer; the chain of causes
 * says why. Each edge (errno, wire, exit code) maps this closed set with one exhaustive switch.
 * Bugs are unchecked exceptions instead.
 */
public abstract sealed class RealizeException extends Exception {

  private static final long serialVersionUID = 1L;

  private RealizeException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * An answer that is no fault, and common: without a trace of the stack, which costs most of it.
   */
  private RealizeException(String message) {
    super(message, null, true, false);
  }

  /** Message and causes on one line, each cause once. */
  public String oneLine() {
    StringBuilder line = new StringBuilder(String.valueOf(getMessage()));
    for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
      String text = describe(cause, line.toString());
      if (line.indexOf(text) < 0) {
        line.append(": ").append(text);
      }
    }
    return line.toString().replace('\n', ' ');
  }

  /** A cause in words, after what is said already. */
  public static String describe(Throwable cause, String context) {
    if (cause instanceof IOException failure) {
      return IoCause.of(failure, context);
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /** No such arena, path, inode, attribute or content. */
  public static final class NotFound extends RealizeException {
    private static final long serialVersionUID = 1L;

    public NotFound(String message) {
      super(message, null);
    }
  }

  /** A directory was needed where something else is. */
  public static final class NotADirectory extends RealizeException {
    private static final long serialVersionUID = 1L;

    public NotADirectory(String message) {
      super(message, null);
    }
  }

  /** A file was needed where a directory is. */
  public static final class IsADirectory extends RealizeException {
    private static final long serialVersionUID = 1L;

    public IsADirectory(String message) {
      super(message, null);
    }
  }

  /** The caller's input breaks a rule; nothing was changed. */
  public static final class Invalid extends RealizeException {
    private static final long serialVersionUID = 1L;

    public Invalid(String message) {
      super(message, null);
    }

    public Invalid(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * A directory of the disk that may not be the one that was indexed: nothing is concluded from it,
   * and nothing in it is changed.
   */
  public static final class InDoubt extends RealizeException {
    private static final long serialVersionUID = 1L;

    public InDoubt(String message) {
      super(message, null);
    }
  }

  /** The bytes are elsewhere and no peer that has them can be reached now. */
  public static final class Unreachable extends RealizeException {
    private static final long serialVersionUID = 1L;

    public Unreachable(String message) {
      super(message, null);
    }

    public Unreachable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * A call that has to wait for a peer, on a thread that may not: it has had no effect, and is to
   * be made again on another thread. No fault.
   */
  public static final class WouldWait extends RealizeException {
    private static final long serialVersionUID = 1L;

    public WouldWait(String message) {
      super(message);
    }
  }

  /**
   * A content whose bytes are no longer here: the file changed, in the requested blocks, since it
   * was indexed. No fault.
   */
  public static final class VersionGone extends RealizeException {
    private static final long serialVersionUID = 1L;

    public VersionGone(String message) {
      super(message);
    }
  }

  /** Bytes or nodes do not match their hash, or stored state does not match its checksum. */
  public static final class Corrupt extends RealizeException {
    private static final long serialVersionUID = 1L;

    public Corrupt(String message) {
      super(message, null);
    }
  }

  /** The peer or the user may not do this. */
  public static final class Denied extends RealizeException {
    private static final long serialVersionUID = 1L;

    public Denied(String message) {
      super(message, null);
    }
  }

  /** The other side broke the protocol; the connection ends. */
  public static final class ProtocolBroken extends RealizeException {
    private static final long serialVersionUID = 1L;

    public ProtocolBroken(String message) {
      super(message, null);
    }
  }

  /** A deadline passed. */
  public static final class TimedOut extends RealizeException {
    private static final long serialVersionUID = 1L;

    public TimedOut(String message) {
      super(message, null);
    }
  }

  /** No room left on a disk. */
  public static final class DiskFull extends RealizeException {
    private static final long serialVersionUID = 1L;

    public DiskFull(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** A disk or the store failed. */
  public static final class StorageFailed extends RealizeException {
    private static final long serialVersionUID = 1L;

    public StorageFailed(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** A call that Linux, or what stands for it, ends with an error number. No fault. */
  public static final class CallFailed extends RealizeException {
    private static final long serialVersionUID = 1L;
    private final int errno;

    /** Error numbers are positive. */
    public CallFailed(String message, int errno) {
      super(message);
      this.errno = errno;
    }

    public int errno() {
      return errno;
    }
  }
}
