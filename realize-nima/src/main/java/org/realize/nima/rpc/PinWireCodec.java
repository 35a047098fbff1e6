package org.realize.nima.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.realize.nima.rpc.wire.Directory;
import org.realize.nima.rpc.wire.File;
import org.realize.nima.rpc.wire.Link;
import org.realize.nima.rpc.wire.PinAnswers;
import org.realize.nima.rpc.wire.PinMethod;
import org.realize.nima.rpc.wire.PinStep;
import org.realize.nima.rpc.wire.PinVerdict;
import org.realize.nima.rpc.wire.PinnedContent;
import org.realize.nima.rpc.wire.PinnedContents;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PinRequest.Pinned;

/**
 * Requests and answers about pins, as messages and back. What a peer may not send comes out as
 * {@link IllegalArgumentException} that says what is wrong.
 */
final class PinWireCodec {

  /** Contents of one message take so many bytes at most, but for a single one. */
  private static final int MAX_PART_BYTES = 512 << 10;

  private PinWireCodec() {}

  static PinMethod.Builder encode(ArenaName arena, PinRequest request) {
    PinStep step =
        switch (request.step()) {
          case PIN -> PinStep.PIN_STEP_PIN;
          case DROPPED -> PinStep.PIN_STEP_DROPPED;
          case RELEASED -> PinStep.PIN_STEP_RELEASED;
        };
    return PinMethod.newBuilder()
        .setArena(arena.value())
        .setRoot(WireCodec.bytes(request.root()))
        .setStep(step);
  }

  /** The contents in as many payloads as it takes to bound each. */
  static List<PinnedContents> payloads(PinRequest request) {
    List<PinnedContents> payloads = new ArrayList<>();
    PinnedContents.Builder part = PinnedContents.newBuilder();
    int bytes = 0;
    for (Pinned pinned : request.contents()) {
      PinnedContent message = encode(pinned);
      if (bytes > 0 && bytes + message.getSerializedSize() > MAX_PART_BYTES) {
        payloads.add(part.build());
        part = PinnedContents.newBuilder();
        bytes = 0;
      }
      part.addContents(message);
      bytes += message.getSerializedSize();
    }
    payloads.add(part.build());
    return payloads;
  }

  private static PinnedContent encode(Pinned pinned) {
    PinnedContent.Builder message =
        PinnedContent.newBuilder().setPath(pinned.path().toString()).setAttempt(pinned.attempt());
    switch (pinned.content()) {
      case Content.Directory() -> message.setDirectory(Directory.getDefaultInstance());
      case Content.File(var hash, long sizeBytes) ->
          message.setFile(File.newBuilder().setHash(WireCodec.bytes(hash)).setSizeBytes(sizeBytes));
      case Content.Link(String target) -> message.setLink(Link.newBuilder().setTarget(target));
      case Content.Absent() -> throw new IllegalArgumentException("nothing can be pinned");
    }
    return message.build();
  }

  static PinRequest decode(PinMethod method, ByteBuffer payload) throws Invalid {
    PinRequest.PinStep step =
        switch (method.getStep()) {
          case PIN_STEP_PIN -> PinRequest.PinStep.PIN;
          case PIN_STEP_DROPPED -> PinRequest.PinStep.DROPPED;
          case PIN_STEP_RELEASED -> PinRequest.PinStep.RELEASED;
          case PIN_STEP_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException("no step of a pin");
        };
    List<Pinned> contents = new ArrayList<>();
    try {
      for (PinnedContent message : PinnedContents.parseFrom(payload).getContentsList()) {
        contents.add(decode(message));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new Invalid("read the contents of a pin", e);
    }
    return new PinRequest(step, WireCodec.uuid(method.getRoot()), contents);
  }

  private static Pinned decode(PinnedContent message) {
    Content content =
        switch (message.getContentCase()) {
          case DIRECTORY -> new Content.Directory();
          case FILE ->
              new Content.File(
                  WireCodec.hash(message.getFile().getHash()), message.getFile().getSizeBytes());
          case LINK -> new Content.Link(message.getLink().getTarget());
          case CONTENT_NOT_SET -> throw new IllegalArgumentException("a pin of no content");
        };
    return new Pinned(MoveCodec.path(message.getPath()), content, message.getAttempt());
  }

  static byte[] encode(List<PinAnswer> answers) {
    PinAnswers.Builder messages = PinAnswers.newBuilder();
    for (PinAnswer answer : answers) {
      var message = org.realize.nima.rpc.wire.PinAnswer.newBuilder();
      switch (answer) {
        case PinAnswer.Granted() -> message.setVerdict(PinVerdict.PIN_VERDICT_GRANTED);
        case PinAnswer.Later(String cause) ->
            message.setVerdict(PinVerdict.PIN_VERDICT_LATER).setCause(cause);
        case PinAnswer.Refused(String cause) ->
            message.setVerdict(PinVerdict.PIN_VERDICT_REFUSED).setCause(cause);
      }
      messages.addAnswers(message);
    }
    return messages.build().toByteArray();
  }

  /**
   * The answers of a peer, whose name goes before each cause.
   *
   * @throws InvalidProtocolBufferException if these are none
   */
  static List<PinAnswer> answers(String peer, ByteBuffer bytes)
      throws InvalidProtocolBufferException {
    List<PinAnswer> answers = new ArrayList<>();
    for (var message : PinAnswers.parseFrom(bytes).getAnswersList()) {
      String cause = peer + " " + message.getCause();
      answers.add(
          switch (message.getVerdict()) {
            case PIN_VERDICT_GRANTED -> new PinAnswer.Granted();
            case PIN_VERDICT_LATER -> new PinAnswer.Later(cause);
            case PIN_VERDICT_REFUSED, PIN_VERDICT_UNSPECIFIED, UNRECOGNIZED ->
                new PinAnswer.Refused(cause);
          });
    }
    return answers;
  }
}
