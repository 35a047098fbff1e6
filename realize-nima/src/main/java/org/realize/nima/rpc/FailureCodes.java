package org.realize.nima.rpc;

import org.realize.nima.rpc.wire.FailureCode;
import org.realize.sync.model.RealizeException;

/** The one mapping between expected failures and their codes on the wire, once each way. */
final class FailureCodes {

  private FailureCodes() {}

  static FailureCode toCode(RealizeException failure) {
    return switch (failure) {
      case RealizeException.NotFound _ -> FailureCode.FAILURE_NOT_FOUND;
      case RealizeException.NotADirectory _ -> FailureCode.FAILURE_INVALID;
      case RealizeException.IsADirectory _ -> FailureCode.FAILURE_INVALID;
      case RealizeException.Invalid _ -> FailureCode.FAILURE_INVALID;
      case RealizeException.InDoubt _ -> FailureCode.FAILURE_DENIED;
      case RealizeException.Unreachable _ -> FailureCode.FAILURE_UNAVAILABLE;
      case RealizeException.VersionGone _ -> FailureCode.FAILURE_VERSION_GONE;
      case RealizeException.Corrupt _ -> FailureCode.FAILURE_CORRUPT;
      case RealizeException.Denied _ -> FailureCode.FAILURE_DENIED;
      case RealizeException.ProtocolBroken _ -> FailureCode.FAILURE_INTERNAL;
      case RealizeException.TimedOut _ -> FailureCode.FAILURE_DEADLINE;
      case RealizeException.DiskFull _ -> FailureCode.FAILURE_DISK_FULL;
      case RealizeException.StorageFailed _ -> FailureCode.FAILURE_STORAGE;
      case RealizeException.WouldWait _, RealizeException.CallFailed _ ->
          FailureCode.FAILURE_STORAGE;
    };
  }

  /**
   * What a failure that a peer reported means here. All that only says "not from this peer, not
   * now" is {@link RealizeException.Unreachable}.
   */
  static RealizeException toException(FailureCode code, String message) {
    return switch (code) {
      case FAILURE_NOT_FOUND -> new RealizeException.NotFound(message);
      case FAILURE_VERSION_GONE -> new RealizeException.VersionGone(message);
      case FAILURE_DENIED -> new RealizeException.Denied(message);
      case FAILURE_INVALID, FAILURE_UNSUPPORTED -> new RealizeException.Invalid(message);
      case FAILURE_DEADLINE -> new RealizeException.TimedOut(message);
      case FAILURE_CORRUPT -> new RealizeException.Corrupt(message);
      case FAILURE_DISK_FULL -> new RealizeException.DiskFull(message, null);
      case FAILURE_STORAGE -> new RealizeException.StorageFailed(message, null);
      case FAILURE_BUSY,
          FAILURE_CANCELLED,
          FAILURE_UNAVAILABLE,
          FAILURE_INTERNAL,
          FAILURE_UNSPECIFIED,
          UNRECOGNIZED ->
          new RealizeException.Unreachable(message);
    };
  }
}
