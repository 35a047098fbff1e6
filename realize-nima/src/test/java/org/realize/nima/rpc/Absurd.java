package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.realize.nima.rpc.wire.Absent;
import org.realize.nima.rpc.wire.BlocksMethod;
import org.realize.nima.rpc.wire.Committed;
import org.realize.nima.rpc.wire.ContentRequest;
import org.realize.nima.rpc.wire.ContentsMethod;
import org.realize.nima.rpc.wire.Counter;
import org.realize.nima.rpc.wire.DiffMethod;
import org.realize.nima.rpc.wire.Directory;
import org.realize.nima.rpc.wire.Entry;
import org.realize.nima.rpc.wire.FailureCode;
import org.realize.nima.rpc.wire.FeedMethod;
import org.realize.nima.rpc.wire.FeedPart;
import org.realize.nima.rpc.wire.File;
import org.realize.nima.rpc.wire.FileTime;
import org.realize.nima.rpc.wire.Hello;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.rpc.wire.Left;
import org.realize.nima.rpc.wire.Link;
import org.realize.nima.rpc.wire.Metadata;
import org.realize.nima.rpc.wire.MoveDrop;
import org.realize.nima.rpc.wire.MoveEngage;
import org.realize.nima.rpc.wire.MoveList;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.MovePart;
import org.realize.nima.rpc.wire.MoveRange;
import org.realize.nima.rpc.wire.MoveRelease;
import org.realize.nima.rpc.wire.MoveWrite;
import org.realize.nima.rpc.wire.MovedFile;
import org.realize.nima.rpc.wire.MovedFiles;
import org.realize.nima.rpc.wire.PinMethod;
import org.realize.nima.rpc.wire.PingMethod;
import org.realize.nima.rpc.wire.PinnedContent;
import org.realize.nima.rpc.wire.PinnedContents;
import org.realize.nima.rpc.wire.PurgeMethod;
import org.realize.nima.rpc.wire.PurgedPaths;
import org.realize.nima.rpc.wire.Remembered;
import org.realize.nima.rpc.wire.Request;
import org.realize.nima.rpc.wire.RequestedContent;
import org.realize.nima.rpc.wire.RequestedContents;
import org.realize.nima.rpc.wire.Stamp;
import org.realize.nima.rpc.wire.Start;
import org.realize.nima.rpc.wire.TreeNodeMethod;
import org.realize.nima.rpc.wire.Version;

/** Valid messages of {@code realize/1} with values that no honest peer would send. */
final class Absurd {

  private static final int BLOCK_BYTES = 128 << 10;

  private static final List<String> STRANGE_PATHS =
      List.of(
          ".realize/id",
          ".realize",
          "evil/\033[2J\r\u202E",
          "evil/" + "x".repeat(255),
          "evil/" + "d/".repeat(2_000) + "e",
          "evil/ . / ...",
          "evil",
          "good");

  private static final List<String> WRONG_PATHS =
      List.of(
          "",
          "..",
          "../state/store",
          "/etc/passwd",
          "a//b",
          "a\0b",
          "evil/" + "x".repeat(256),
          "é".repeat(3_000));

  private final Random random;
  private final Victim victim;
  private final Collection<MovedFile> listed;

  /** True while only what can be decoded is drawn, so that it gets further. */
  private boolean isSound;

  /**
   * A node, and what is known of it.
   *
   * @param arenas of the node, shared or not
   * @param files honest ones that must stay as they are, by path: hash and size
   * @param secrets files that must not be read, likewise
   * @param stores of the node and its honest peers
   */
  record Victim(
      List<String> arenas,
      Map<String, Known> files,
      Map<String, Known> secrets,
      List<UUID> stores) {}

  /** The content of a file. */
  record Known(ByteString hash, long sizeBytes) {}

  /**
   * Draws from {@code random}.
   *
   * @param listed files as the node listed them for moves; grows meanwhile
   */
  Absurd(Random random, Victim victim, Collection<MovedFile> listed) {
    this.random = random;
    this.victim = victim;
    this.listed = listed;
  }

  <T> T one(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  String arena() {
    return isSound || chance(85)
        ? one(victim.arenas())
        : one(List.of("", "nope", "a/b", "ph\0tos", "x".repeat(300), "..", "\u202Ephotos"));
  }

  private String file(Map<String, Known> files) {
    return one(List.copyOf(files.keySet()));
  }

  String path() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> file(victim.files());
      case 2 -> file(victim.secrets());
      case 3, 4 -> "evil/" + random.nextInt(40);
      case 5 -> "evil/" + random.nextInt(40) + "/below/" + random.nextInt(9);
      case 6 -> file(victim.files()) + "/below";
      default -> one(isSound || chance(50) ? STRANGE_PATHS : WRONG_PATHS);
    };
  }

  long number() {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextInt(10);
      case 1 -> random.nextLong();
      case 2 -> 1L << random.nextInt(64);
      case 3 -> System.currentTimeMillis() + (random.nextLong() >> (20 + random.nextInt(20)));
      case 4 -> one(List.of(0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 60));
      default -> random.nextInt(4 * BLOCK_BYTES);
    };
  }

  byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  ByteString id() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> WireCodec.bytes(one(victim.stores()));
      case 2 -> WireCodec.bytes(new UUID(random.nextInt(3) - 1, random.nextInt(3) - 1));
      case 3 -> ByteString.copyFrom(bytes(isSound ? 16 : random.nextInt(20)));
      default -> WireCodec.bytes(new UUID(0x4000, random.nextInt(200)));
    };
  }

  private UUID stranger() {
    return new UUID(0x4000, random.nextInt(500));
  }

  Known known() {
    Map<String, Known> files = chance(50) ? victim.files() : victim.secrets();
    return switch (random.nextInt(4)) {
      case 0, 1 -> one(List.copyOf(files.values()));
      case 2 -> new Known(ByteString.copyFrom(bytes(32)), size());
      default -> new Known(ByteString.copyFrom(bytes(isSound ? 32 : random.nextInt(40))), size());
    };
  }

  private long size() {
    return isSound ? random.nextInt(100_000) : number();
  }

  // ---- the greeting

  /** A greeting that is accepted, whatever it says beside who it is. */
  Hello hello(Lane lane, UUID pair, UUID run, ByteString store, List<ByteString> starts) {
    Hello.Builder hello =
        Hello.newBuilder()
            .setVersion(1)
            .setLane(lane)
            .setPair(WireCodec.bytes(pair))
            .setRun(WireCodec.bytes(run))
            .setStore(store)
            .addAllIncarnations(starts)
            .setName("mallory\033[31m")
            .setMaxCalls(chance(10) ? 1 + random.nextInt(Integer.MAX_VALUE) : 64)
            .addCapabilities("contents")
            .addCapabilities("purge");
    for (int i = chance(10) ? random.nextInt(9) : 0; i > 0; i--) {
      Left.Builder left = Left.newBuilder().setStore(WireCodec.bytes(stranger()));
      for (int n = random.nextInt(50); n > 0; n--) {
        left.addStarts(
            Start.newBuilder()
                .setIncarnation(WireCodec.bytes(stranger()))
                .setFirstCounter(number()));
      }
      hello.addLeft(left);
    }
    return hello.build();
  }

  /** Any greeting, mostly of this store. */
  Hello anyHello(ByteString store, List<ByteString> starts) {
    Hello.Builder hello =
        hello(
                chance(80) ? Lane.LANE_INTERACTIVE : Lane.LANE_BULK,
                stranger(),
                stranger(),
                store,
                starts)
            .toBuilder()
            .setVersion(chance(80) ? 1 : random.nextInt())
            .setMaxCalls((int) number())
            .setName(chance(50) ? "x".repeat(random.nextInt(100_000)) : "m");
    if (chance(5)) {
      hello.setStore(id());
    }
    for (int i = chance(5) ? random.nextInt(2_000) : 0; i > 0; i--) {
      hello.addIncarnations(id());
    }
    if (chance(40)) {
      Remembered.Builder remembered = Remembered.newBuilder().setStore(id());
      for (int i = random.nextInt(4); i > 0; i--) {
        remembered.addIncarnations(id());
        remembered.addCommitted(
            Committed.newBuilder().setArena(arena()).setSeq(number()).setIncarnation(id()));
      }
      hello.setRemembered(remembered);
    }
    return hello.build();
  }

  // ---- calls

  /** A content at a path: half of them are there, whoever may ask for them. */
  private Map.Entry<String, Known> placed() {
    Map<String, Known> files = chance(50) ? victim.files() : victim.secrets();
    return chance(isSound ? 80 : 40)
        ? one(List.copyOf(files.entrySet()))
        : Map.entry(path(), known());
  }

  private ContentRequest content() {
    Map.Entry<String, Known> content = placed();
    return ContentRequest.newBuilder()
        .setArena(arena())
        .setHash(content.getValue().hash())
        .setSizeBytes(content.getValue().sizeBytes())
        .setHint(content.getKey())
        .build();
  }

  private MovedFile moved() {
    if (chance(40) && !listed.isEmpty()) {
      MovedFile file = one(List.copyOf(listed));
      return chance(70) ? file : file.toBuilder().setPath(path()).build();
    }
    Known content = known();
    MovedFile.Builder file =
        MovedFile.newBuilder()
            .setPath(path())
            .setSizeBytes(chance(50) ? content.sizeBytes() : number())
            .setMode(chance(80) ? 0644 : random.nextInt())
            .setMtime(time())
            .setCtimeNanos(number())
            .setFileKey(number())
            .setDevice(number())
            .setLinks((int) number())
            .setKindValue(random.nextInt(4))
            .setLink(chance(50) ? "" : path());
    return chance(50) ? file.setHash(content.hash()).build() : file.build();
  }

  private FileTime time() {
    return FileTime.newBuilder()
        .setSeconds(number())
        .setNanos(isSound || chance(80) ? random.nextInt(1_000_000_000) : random.nextInt())
        .build();
  }

  private MoveRange range() {
    return MoveRange.newBuilder()
        .setFile(moved())
        .setStart(chance(50) ? 0 : number())
        .setLength(chance(50) ? 1 + random.nextInt(1 << 20) : number())
        .build();
  }

  private MovePart part() {
    return MovePart.newBuilder().setPath(path()).setStart(number()).setLength(number()).build();
  }

  private MoveWrite write() {
    long offset = chance(70) ? random.nextInt(1 << 20) : number();
    return MoveWrite.newBuilder().setPath(path()).setOffset(offset).build();
  }

  private MoveMethod move(ByteString engagement) {
    MoveMethod.Builder move =
        MoveMethod.newBuilder()
            .setArena(arena())
            .setEngagement(chance(90) ? engagement : id())
            .setPackingValue(random.nextInt(3));
    switch (random.nextInt(15)) {
      case 0, 1, 2 ->
          move.setEngage(
              MoveEngage.newBuilder()
                  .setRoleValue(1 + random.nextInt(3))
                  .setTarget(chance(50) ? ByteString.EMPTY : id()));
      case 3 -> move.setRelease(MoveRelease.getDefaultInstance());
      case 4 -> {
        MoveList.Builder list = MoveList.newBuilder().setMax(chance(70) ? 100 : (int) number());
        if (chance(30)) {
          list.setAfter(path());
        }
        move.setList(chance(30) ? list.setOnly(path()) : list);
      }
      case 5 -> move.setRead(range());
      case 6 -> move.setHash(range());
      case 7 -> move.setDiff(range());
      case 8 -> move.setDrop(MoveDrop.newBuilder().setTarget(id()));
      case 9 -> move.setProgress(moved());
      case 10 -> move.setSend(write());
      case 11 -> move.setTruncate(write().toBuilder().setOffset(random.nextInt(1 << 20)));
      case 12 -> move.setHashPartial(part());
      case 13 -> move.setApplyDelta(part());
      default -> move.setBegin(moved());
    }
    return move.build();
  }

  /** Any call, with a payload where one may be. */
  Frame request(long call, ByteString engagement) {
    isSound = chance(60);
    Frame frame = drawn(call, engagement);
    isSound = false;
    return frame;
  }

  private Frame drawn(long call, ByteString engagement) {
    Request.Builder request =
        Request.newBuilder()
            .setCall(call)
            .setDeadlineMillis(isSound || chance(50) ? 1_000 : number())
            .setWindow(isSound || chance(95) ? (2 << 20) : number());
    byte[] payload = new byte[0];
    switch (random.nextInt(12)) {
      case 0 -> request.setPing(PingMethod.getDefaultInstance());
      case 1, 2 ->
          request.setFeed(
              FeedMethod.newBuilder()
                  .setArena(arena())
                  .setAfterSeq(chance(60) ? random.nextInt(50) : number())
                  .setMax(chance(80) ? 1 + random.nextInt(20_000) : (int) number())
                  .setWaitMillis(chance(80) ? random.nextInt(50) : number()));
      case 3 ->
          request.setTreeNode(
              TreeNodeMethod.newBuilder()
                  .setContent(content())
                  .setLevel(chance(60) ? 1 : (int) number())
                  .setIndex(chance(60) ? 0 : number()));
      case 4, 5 ->
          request.setBlocks(
              BlocksMethod.newBuilder()
                  .setContent(content())
                  .setFirst(isSound || chance(60) ? 0 : number())
                  .setCount(isSound || chance(60) ? 1 : (int) number()));
      case 6 -> {
        request.setDiff(
            DiffMethod.newBuilder()
                .setContent(content())
                .setStart(chance(60) ? 0 : number())
                .setLength(chance(60) ? 1 + random.nextInt(1 << 20) : number()));
        payload = bytes(random.nextInt(1_000));
      }
      case 7 -> {
        request.setPin(
            PinMethod.newBuilder().setArena(arena()).setRoot(id()).setStepValue(random.nextInt(5)));
        PinnedContents.Builder pinned = PinnedContents.newBuilder();
        for (int i = random.nextInt(chance(95) ? 10 : 600); i >= 0; i--) {
          pinned.addContents(pinned());
        }
        payload = pinned.build().toByteArray();
      }
      case 8 -> {
        request.setContents(ContentsMethod.newBuilder().setArena(arena()));
        RequestedContents.Builder contents = RequestedContents.newBuilder();
        for (int i = random.nextInt(chance(95) ? 20 : 600); i >= 0; i--) {
          Map.Entry<String, Known> content = placed();
          contents.addContents(
              RequestedContent.newBuilder()
                  .setHash(content.getValue().hash())
                  .setSizeBytes(content.getValue().sizeBytes())
                  .setHint(content.getKey()));
        }
        payload = contents.build().toByteArray();
      }
      case 9 -> {
        request.setPurge(PurgeMethod.newBuilder().setArena(arena()));
        PurgedPaths.Builder paths = PurgedPaths.newBuilder();
        for (int i = random.nextInt(chance(95) ? 3 : 200); i >= 0; i--) {
          paths.addPaths(path());
        }
        payload = paths.build().toByteArray();
      }
      default -> {
        request.setMove(move(engagement));
        MovedFiles.Builder files = MovedFiles.newBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
          files.addFiles(moved());
        }
        payload = chance(50) ? files.build().toByteArray() : bytes(random.nextInt(5_000));
      }
    }
    return Frame.request(
        request.build(),
        ByteBuffer.wrap(isSound || chance(97) ? payload : bytes(random.nextInt(3_000))));
  }

  private PinnedContent.Builder pinned() {
    Known content = known();
    PinnedContent.Builder pinned = PinnedContent.newBuilder().setPath(path()).setAttempt(number());
    return switch (random.nextInt(4)) {
      case 0 -> pinned;
      case 1 -> pinned.setDirectory(Directory.getDefaultInstance());
      case 2 -> pinned.setLink(Link.newBuilder().setTarget(path()));
      default ->
          pinned.setFile(
              File.newBuilder().setHash(content.hash()).setSizeBytes(content.sizeBytes()));
    };
  }

  // ---- answers

  FailureCode failure() {
    return one(
        List.of(FailureCode.values()).stream()
            .filter(code -> code != FailureCode.UNRECOGNIZED)
            .toList());
  }

  /** One part of a feed; its numbers ascend, mostly. */
  FeedPart feedPart(long firstSeq) {
    FeedPart.Builder part = FeedPart.newBuilder();
    isSound = chance(70);
    long seq = firstSeq;
    for (int i = random.nextInt(chance(90) ? 12 : 300); i > 0; i--) {
      part.addEntries(entry(seq));
      seq += isSound || chance(98) ? 1 + random.nextInt(3) : number();
    }
    part.setHeadSeq(isSound || chance(90) ? seq + random.nextInt(3) : number());
    isSound = false;
    return part.build();
  }

  private Entry entry(long seq) {
    String path = isSound || chance(95) ? path() : "";
    boolean isHonest =
        victim.files().keySet().stream().anyMatch(file -> file.equals(path) || above(path, file));
    Entry.Builder entry =
        Entry.newBuilder().setSeq(seq).setPath(path).setMetadata(metadata(isHonest));
    int most = chance(95) ? 4 : chance(50) ? 80 : 300;
    for (int i = isSound || chance(99) ? random.nextInt(most) : -1; i >= 0; i--) {
      entry.addVersions(version(isHonest));
    }
    return entry.build();
  }

  private static boolean above(String directory, String path) {
    return path.startsWith(directory + "/");
  }

  private Metadata metadata(boolean isHonest) {
    return Metadata.newBuilder()
        .setMode(isHonest || isSound || chance(90) ? random.nextInt(010000) : random.nextInt())
        .setModeStamp(stamp())
        .setMtime(time())
        .setMtimeStamp(stamp())
        .build();
  }

  private Stamp stamp() {
    return Stamp.newBuilder().setCounter(counter()).setStore(id()).build();
  }

  private long counter() {
    long counter = chance(60) ? System.currentTimeMillis() - random.nextInt(1_000_000) : number();
    return isSound ? Math.max(1, counter & Long.MAX_VALUE) : counter;
  }

  /**
   * A version. One of an honest path stands beside what is there: that a peer's change which knows
   * of it takes its place is as it must be.
   */
  private Version version(boolean isHonest) {
    Version.Builder version = Version.newBuilder().setHeld(chance(60)).setFound(chance(20));
    Known content = known();
    switch (random.nextInt(8)) {
      case 0 -> version.setAbsent(Absent.getDefaultInstance());
      case 1 -> {
        if (isHonest) {
          version.setAbsent(Absent.getDefaultInstance());
        } else {
          version.setDirectory(Directory.getDefaultInstance());
        }
      }
      case 2 -> version.setLink(Link.newBuilder().setTarget(path()));
      default ->
          version.setFile(
              File.newBuilder().setHash(content.hash()).setSizeBytes(content.sizeBytes()));
    }
    Map<UUID, Long> counters = new TreeMap<>();
    for (int i = random.nextInt(chance(97) ? 4 : 400); i >= 0; i--) {
      counters.put(isHonest || chance(70) ? stranger() : one(victim.stores()), counter());
    }
    counters.forEach((store, value) ->
        version.addVector(Counter.newBuilder().setStore(WireCodec.bytes(store)).setValue(value)));
    if (chance(30) && !isHonest) {
      version.setBasis(known().hash());
    }
    if (chance(20)) {
      version.setFrom(path());
    }
    return version.build();
  }
}
