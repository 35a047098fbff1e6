package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.realize.nima.rpc.wire.Absent;
import org.realize.nima.rpc.wire.ContentsMethod;
import org.realize.nima.rpc.wire.Counter;
import org.realize.nima.rpc.wire.Directory;
import org.realize.nima.rpc.wire.Entry;
import org.realize.nima.rpc.wire.File;
import org.realize.nima.rpc.wire.Link;
import org.realize.nima.rpc.wire.RequestedContent;
import org.realize.nima.rpc.wire.RequestedContents;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.Report;

/**
 * The words of the model as messages and back. Whatever a peer may send that the model does not
 * allow comes out as {@link IllegalArgumentException} that says what is wrong.
 */
final class WireCodec {

  /** Contents of one message take so many bytes at most, but for a single one. */
  private static final int MAX_PART_BYTES = 512 << 10;

  private WireCodec() {}

  static ByteString bytes(UUID id) {
    return UnsafeByteOperations.unsafeWrap(
        ByteBuffer.allocate(16)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .flip());
  }

  static UUID uuid(ByteString bytes) {
    if (bytes.size() != 16) {
      throw new IllegalArgumentException("an id has 16 bytes, not " + bytes.size());
    }
    ByteBuffer buffer = bytes.asReadOnlyByteBuffer();
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  static ByteString bytes(ContentHash hash) {
    return UnsafeByteOperations.unsafeWrap(hash.bytes());
  }

  static ContentHash hash(ByteString bytes) {
    if (bytes.size() != ContentHash.BYTES) {
      throw new IllegalArgumentException("a hash has 32 bytes, not " + bytes.size());
    }
    return ContentHash.read(bytes.asReadOnlyByteBuffer());
  }

  private static StoreId store(ByteString bytes) {
    return new StoreId(uuid(bytes));
  }

  // ---- requests

  static org.realize.nima.rpc.wire.ContentRequest encode(PeerLink.ContentRequest request) {
    return org.realize.nima.rpc.wire.ContentRequest.newBuilder()
        .setArena(request.arena().value())
        .setHash(bytes(request.hash()))
        .setSizeBytes(request.sizeBytes())
        .setHint(request.hint().toString())
        .build();
  }

  static PeerLink.ContentRequest decode(org.realize.nima.rpc.wire.ContentRequest message) {
    if (message.getSizeBytes() < 0) {
      throw new IllegalArgumentException("size above 2^63");
    }
    return new PeerLink.ContentRequest(
        new ArenaName(message.getArena()),
        hash(message.getHash()),
        message.getSizeBytes(),
        RelativePath.of(message.getHint()));
  }

  /**
   * The contents of a batch in as many payloads as it takes to bound each; the method of the
   * request names the arena.
   */
  static List<RequestedContents> payloads(ContentBatch batch) {
    List<RequestedContents> payloads = new ArrayList<>();
    RequestedContents.Builder part = RequestedContents.newBuilder();
    int bytes = 0;
    for (PeerLink.ContentRequest request : batch.contents()) {
      RequestedContent message =
          RequestedContent.newBuilder()
              .setHash(bytes(request.hash()))
              .setSizeBytes(request.sizeBytes())
              .setHint(request.hint().toString())
              .build();
      if (bytes > 0 && bytes + message.getSerializedSize() > MAX_PART_BYTES) {
        payloads.add(part.build());
        part = RequestedContents.newBuilder();
        bytes = 0;
      }
      part.addContents(message);
      bytes += message.getSerializedSize();
    }
    payloads.add(part.build());
    return payloads;
  }

  static ContentBatch decode(ContentsMethod method, ByteBuffer payload) throws Invalid {
    ArenaName arena = new ArenaName(method.getArena());
    List<PeerLink.ContentRequest> contents = new ArrayList<>();
    try {
      for (RequestedContent message : RequestedContents.parseFrom(payload).getContentsList()) {
        contents.add(
            new PeerLink.ContentRequest(
                arena,
                hash(message.getHash()),
                message.getSizeBytes(),
                RelativePath.of(message.getHint())));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new Invalid("read the contents of a request", e);
    }
    return new ContentBatch(contents);
  }

  // ---- the feed

  static Entry encode(FeedEntry entry) {
    Report report = entry.report();
    Entry.Builder message =
        Entry.newBuilder()
            .setSeq(report.seq())
            .setPath(entry.path().toString())
            .setMetadata(encode(report.metadata()));
    report.versions().forEach(version -> message.addVersions(encode(version)));
    return message.build();
  }

  static FeedEntry decode(Entry message) {
    if (message.getSeq() < 1) {
      throw new IllegalArgumentException("entry without number");
    }
    List<Report.Reported> versions = new ArrayList<>();
    for (org.realize.nima.rpc.wire.Version version : message.getVersionsList()) {
      versions.add(decode(version));
    }
    return new FeedEntry(
        RelativePath.of(message.getPath()),
        new Report(message.getSeq(), decode(message.getMetadata()), versions));
  }

  private static org.realize.nima.rpc.wire.Metadata encode(Metadata metadata) {
    return org.realize.nima.rpc.wire.Metadata.newBuilder()
        .setMode(metadata.mode())
        .setModeStamp(encode(metadata.modeStamp()))
        .setMtime(encode(metadata.mtime()))
        .setMtimeStamp(encode(metadata.mtimeStamp()))
        .build();
  }

  private static Metadata decode(org.realize.nima.rpc.wire.Metadata message) {
    return new Metadata(
        message.getMode(),
        decode(message.getModeStamp()),
        decode(message.getMtime()),
        decode(message.getMtimeStamp()));
  }

  static org.realize.nima.rpc.wire.FileTime encode(FileTime time) {
    return org.realize.nima.rpc.wire.FileTime.newBuilder()
        .setSeconds(time.seconds())
        .setNanos(time.nanos())
        .build();
  }

  static FileTime decode(org.realize.nima.rpc.wire.FileTime message) {
    return new FileTime(message.getSeconds(), message.getNanos());
  }

  private static org.realize.nima.rpc.wire.Stamp encode(Stamp stamp) {
    return org.realize.nima.rpc.wire.Stamp.newBuilder()
        .setCounter(stamp.counter())
        .setStore(bytes(stamp.store().value()))
        .build();
  }

  private static Stamp decode(org.realize.nima.rpc.wire.Stamp message) {
    return new Stamp(message.getCounter(), store(message.getStore()));
  }

  private static org.realize.nima.rpc.wire.Version encode(Report.Reported reported) {
    Version version = reported.version();
    var message =
        org.realize.nima.rpc.wire.Version.newBuilder()
            .setHeld(reported.held())
            .setFound(version.found());
    switch (version.content()) {
      case Content.Absent _ -> message.setAbsent(Absent.getDefaultInstance());
      case Content.Directory _ -> message.setDirectory(Directory.getDefaultInstance());
      case Content.File(ContentHash hash, long sizeBytes) ->
          message.setFile(File.newBuilder().setHash(bytes(hash)).setSizeBytes(sizeBytes));
      case Content.Link(String target) -> message.setLink(Link.newBuilder().setTarget(target));
    }
    version
        .vector()
        .counters()
        .forEach((store, value) ->
            message.addVector(Counter.newBuilder().setStore(bytes(store.value())).setValue(value)));
    if (version.basis() != null) {
      message.setBasis(bytes(version.basis()));
    }
    if (version.from() != null) {
      message.setFrom(version.from().toString());
    }
    return message.build();
  }

  private static Report.Reported decode(org.realize.nima.rpc.wire.Version message) {
    Content content =
        switch (message.getContentCase()) {
          case ABSENT -> new Content.Absent();
          case DIRECTORY -> new Content.Directory();
          case FILE ->
              new Content.File(hash(message.getFile().getHash()), message.getFile().getSizeBytes());
          case LINK -> new Content.Link(message.getLink().getTarget());
          case CONTENT_NOT_SET -> throw new IllegalArgumentException("version without content");
        };
    Map<StoreId, Long> counters = new HashMap<>();
    for (Counter counter : message.getVectorList()) {
      if (counters.put(store(counter.getStore()), counter.getValue()) != null) {
        throw new IllegalArgumentException("vector with one store twice");
      }
    }
    return new Report.Reported(
        new Version(
            content,
            VersionVector.of(counters),
            message.getBasis().isEmpty() ? null : hash(message.getBasis()),
            message.getFrom().isEmpty() ? null : RelativePath.of(message.getFrom()),
            message.getFound()),
        message.getHeld());
  }
}
