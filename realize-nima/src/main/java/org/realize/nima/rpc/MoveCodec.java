package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.nima.rpc.wire.DropAnswer;
import org.realize.nima.rpc.wire.DropAnswers;
import org.realize.nima.rpc.wire.DropVerdict;
import org.realize.nima.rpc.wire.MovePart;
import org.realize.nima.rpc.wire.MoveProgressAnswer;
import org.realize.nima.rpc.wire.MoveRange;
import org.realize.nima.rpc.wire.MoveRole;
import org.realize.nima.rpc.wire.MoveWrite;
import org.realize.nima.rpc.wire.MovedFiles;
import org.realize.nima.rpc.wire.MovedKind;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Pieces;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.PlaceId;

/**
 * The codec of the messages between the two ends of a move. A message that is not allowed throws
 * {@link IllegalArgumentException} that says why.
 */
final class MoveCodec {

  private static final int MAX_LINK_BYTES = 4_096;

  private MoveCodec() {}

  static org.realize.nima.rpc.wire.MovedFile encode(MovedFile file) {
    FileStat stat = file.stat();
    ContentHash hash = file.hash();
    return org.realize.nima.rpc.wire.MovedFile.newBuilder()
        .setHash(hash == null ? ByteString.EMPTY : WireCodec.bytes(hash))
        .setPath(file.path().toString())
        .setSizeBytes(stat.sizeBytes())
        .setMode(stat.mode())
        .setMtime(WireCodec.encode(stat.mtime()))
        .setCtimeNanos(stat.ctimeNanos())
        .setFileKey(stat.fileKey())
        .setDevice(stat.device())
        .setLinks(stat.links())
        .setKind(encode(stat.kind()))
        .setLink(file.link())
        .build();
  }

  static MovedFile decode(org.realize.nima.rpc.wire.MovedFile message) {
    if (message.getSizeBytes() < 0) {
      throw new IllegalArgumentException("a size above 2^63");
    }
    if (message.getLinkBytes().size() > MAX_LINK_BYTES || message.getLink().indexOf(0) >= 0) {
      throw new IllegalArgumentException("no link has such a text");
    }
    return new MovedFile(
        path(message.getPath()),
        new FileStat(
            decode(message.getKind()),
            message.getSizeBytes(),
            message.getMode() & 07777,
            WireCodec.decode(message.getMtime()),
            message.getCtimeNanos(),
            message.getFileKey(),
            message.getDevice(),
            message.getLinks(),
            0,
            0),
        message.getLink(),
        message.getHash().isEmpty() ? null : WireCodec.hash(message.getHash()));
  }

  private static MovedKind encode(FileStat.Kind kind) {
    return switch (kind) {
      case FILE -> MovedKind.MOVED_KIND_FILE;
      case DIRECTORY -> MovedKind.MOVED_KIND_DIRECTORY;
      case LINK -> MovedKind.MOVED_KIND_LINK;
      case OTHER -> throw new IllegalArgumentException("cannot be moved");
    };
  }

  private static FileStat.Kind decode(MovedKind kind) {
    return switch (kind) {
      case MOVED_KIND_FILE -> FileStat.Kind.FILE;
      case MOVED_KIND_DIRECTORY -> FileStat.Kind.DIRECTORY;
      case MOVED_KIND_LINK -> FileStat.Kind.LINK;
      case UNRECOGNIZED -> throw new IllegalArgumentException("unknown kind");
    };
  }

  /** A path of a file; never the root, nor what is a place's own. */
  static RelativePath path(String text) {
    RelativePath path = RelativePath.of(text);
    if (path.isRoot() || PlaceId.isOwn(path)) {
      throw new IllegalArgumentException("no file of an arena can be at '" + text + "'");
    }
    return path;
  }

  static MoveRange encode(MovedFile file, ByteRange range) {
    return MoveRange.newBuilder()
        .setFile(encode(file))
        .setStart(range.startBytes())
        .setLength(range.lengthBytes())
        .build();
  }

  static MovePart encode(RelativePath path, ByteRange range) {
    return MovePart.newBuilder()
        .setPath(path.toString())
        .setStart(range.startBytes())
        .setLength(range.lengthBytes())
        .build();
  }

  static MoveWrite encode(RelativePath path, long offset) {
    return MoveWrite.newBuilder().setPath(path.toString()).setOffset(offset).build();
  }

  /** A range of at most {@code maxBytes} of a file that may have any size. */
  static ByteRange range(long start, long length, int maxBytes) {
    if (start < 0 || length < 1 || length > maxBytes || start > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException("a range of " + length + " bytes from " + start);
    }
    return new ByteRange(start, start + length);
  }

  static long offset(MoveWrite write) {
    if (write.getOffset() < 0 || write.getOffset() > Long.MAX_VALUE - Pieces.MAX_RANGE_BYTES) {
      throw new IllegalArgumentException("offset above 2^63");
    }
    return write.getOffset();
  }

  static Engagements.MoveRole decode(MoveRole role) {
    return switch (role) {
      case MOVE_ROLE_SOURCE -> Engagements.MoveRole.SOURCE;
      case MOVE_ROLE_TARGET -> Engagements.MoveRole.TARGET;
      case MOVE_ROLE_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("no role");
    };
  }

  static MoveProgressAnswer encode(MoveTarget.Progress progress) {
    MoveProgressAnswer.Builder message =
        MoveProgressAnswer.newBuilder()
            .setPartialBytes(progress.partialBytes())
            .setReplaced(progress.isReplaced());
    progress.finished().ifPresent(file -> message.setFinished(encode(file)));
    return message.build();
  }

  static MoveTarget.Progress progress(ByteBuffer answer) throws InvalidProtocolBufferException {
    MoveProgressAnswer message = MoveProgressAnswer.parseFrom(answer);
    if (message.getPartialBytes() < 0) {
      throw new IllegalArgumentException("a size above 2^63");
    }
    Optional<MovedFile> finished =
        message.hasFinished() ? Optional.of(decode(message.getFinished())) : Optional.empty();
    return new MoveTarget.Progress(finished, message.getPartialBytes(), message.getReplaced());
  }

  static List<MovedFile> files(ByteBuffer bytes) throws InvalidProtocolBufferException {
    return decode(MovedFiles.parseFrom(bytes));
  }

  static List<MovedFile> decode(MovedFiles message) {
    List<MovedFile> files = new ArrayList<>();
    for (org.realize.nima.rpc.wire.MovedFile file : message.getFilesList()) {
      files.add(decode(file));
    }
    return files;
  }

  /** Files in as many messages as it takes to bound each, at least one. */
  static List<MovedFiles.Builder> parts(List<MovedFile> files, int partBytes) {
    List<MovedFiles.Builder> parts = new ArrayList<>();
    MovedFiles.Builder part = MovedFiles.newBuilder();
    int bytes = 0;
    for (MovedFile file : files) {
      org.realize.nima.rpc.wire.MovedFile message = encode(file);
      part.addFiles(message);
      bytes += message.getSerializedSize();
      if (bytes >= partBytes) {
        parts.add(part);
        part = MovedFiles.newBuilder();
        bytes = 0;
      }
    }
    parts.add(part);
    return parts;
  }

  /** A store that may be missing. */
  static Optional<StoreId> store(ByteString bytes) {
    return bytes.isEmpty() ? Optional.empty() : Optional.of(new StoreId(WireCodec.uuid(bytes)));
  }

  static DropAnswers encode(List<DropOutcome> outcomes) {
    DropAnswers.Builder answers = DropAnswers.newBuilder();
    for (DropOutcome outcome : outcomes) {
      DropAnswer.Builder answer = DropAnswer.newBuilder();
      switch (outcome) {
        case DropOutcome.Dropped() -> answer.setVerdict(DropVerdict.DROP_VERDICT_DROPPED);
        case DropOutcome.Kept() -> answer.setVerdict(DropVerdict.DROP_VERDICT_KEPT);
        case DropOutcome.Postponed(String cause) ->
            answer.setVerdict(DropVerdict.DROP_VERDICT_LATER).setCause(cause);
        case DropOutcome.Failed(RealizeException cause) ->
            answer
                .setVerdict(DropVerdict.DROP_VERDICT_FAILED)
                .setCode(FailureCodes.toCode(cause))
                .setCause(cause.oneLine());
      }
      answers.addAnswers(answer);
    }
    return answers.build();
  }

  /** The outcomes at a peer, whose name goes before each cause. */
  static List<DropOutcome> outcomes(String peer, ByteBuffer bytes)
      throws InvalidProtocolBufferException {
    List<DropOutcome> outcomes = new ArrayList<>();
    for (DropAnswer answer : DropAnswers.parseFrom(bytes).getAnswersList()) {
      String cause = peer + ": " + answer.getCause();
      outcomes.add(
          switch (answer.getVerdict()) {
            case DROP_VERDICT_DROPPED -> new DropOutcome.Dropped();
            case DROP_VERDICT_KEPT -> new DropOutcome.Kept();
            case DROP_VERDICT_LATER -> new DropOutcome.Postponed(cause);
            case DROP_VERDICT_FAILED, DROP_VERDICT_UNSPECIFIED, UNRECOGNIZED ->
                new DropOutcome.Failed(FailureCodes.toException(answer.getCode(), cause));
          });
    }
    return outcomes;
  }
}
