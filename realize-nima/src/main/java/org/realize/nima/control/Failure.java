package org.realize.nima.control;

import org.realize.sync.model.RealizeException;

/** An expected failure as it crosses the control socket: an HTTP status, a kind and one line. */
enum Failure {
  INVALID(400),
  DENIED(403),
  NOT_FOUND(404),
  FAILED(500),
  UNREACHABLE(502),
  TIMED_OUT(504);

  /** The body of an answer that is no success. */
  record Body(Failure kind, String message) {}

  private final int status;

  Failure(int status) {
    this.status = status;
  }

  int status() {
    return status;
  }

  static Failure of(RealizeException e) {
    return switch (e) {
      case RealizeException.Invalid invalid -> INVALID;
      case RealizeException.NotADirectory file -> INVALID;
      case RealizeException.IsADirectory directory -> INVALID;
      case RealizeException.InDoubt doubt -> DENIED;
      case RealizeException.Denied denied -> DENIED;
      case RealizeException.NotFound absent -> NOT_FOUND;
      case RealizeException.VersionGone gone -> NOT_FOUND;
      case RealizeException.Unreachable away -> UNREACHABLE;
      case RealizeException.ProtocolBroken broken -> UNREACHABLE;
      case RealizeException.TimedOut late -> TIMED_OUT;
      case RealizeException.Corrupt corrupt -> FAILED;
      case RealizeException.DiskFull full -> FAILED;
      case RealizeException.StorageFailed failed -> FAILED;
      case RealizeException.WouldWait _, RealizeException.CallFailed _ -> FAILED;
    };
  }

  /** The failure as the client throws it. */
  RealizeException exception(String message) {
    return switch (this) {
      case INVALID -> new RealizeException.Invalid(message);
      case DENIED -> new RealizeException.Denied(message);
      case NOT_FOUND -> new RealizeException.NotFound(message);
      case FAILED -> new RealizeException.StorageFailed(message, null);
      case UNREACHABLE -> new RealizeException.Unreachable(message);
      case TIMED_OUT -> new RealizeException.TimedOut(message);
    };
  }
}
