package org.realize.chaos.sim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.chaos.sim.History.Base;
import org.realize.sync.branch.Branch;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Caller;
import org.realize.sync.view.Created;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.OpenFlags;

/**
 * The programs that write to files through the mounts of a household, in parts, and what must be
 * left of that: after a kill all that a call has written, after a power cut all that was forced,
 * and of the rest, of each byte, one that it was since.
 */
final class Writers {

  private static final Caller USER = new Caller(0, 0, 0);
  private static final NewMode MODE = new NewMode(0644, 0);
  private static final OpenFlags READ_WRITE = new OpenFlags(2);
  private static final OpenFlags TRUNCATE = new OpenFlags(2 | 01000);

  private static final int MOST_OPEN = 3;

  private record Place(SimulatedPeer peer, RelativePath path) {}

  /** A file that a program has open for writing. */
  private static final class Writer {
    final Place place;
    final OpenFile file;
    final Inode inode;

    /** What it reads. */
    byte[] bytes;

    Content content;

    Writer(Place place, OpenFile file, Inode inode, byte[] bytes, Content content) {
      this.place = place;
      this.file = file;
      this.inode = inode;
      this.bytes = bytes;
      this.content = content;
    }
  }

  /** The content that programs have left at a place, and what of it is not durable yet. */
  private static final class Saved {
    Content content;

    /** What it was, one after the other, since it was forced. */
    final List<byte[]> since = new ArrayList<>();

    /** The number of events before the first change that is not forced. */
    int firstUnforced;

    boolean isBranch;

    Saved(Content content) {
      this.content = content;
    }

    boolean isForced() {
      return since.size() <= 1;
    }
  }

  /** The content that a program saw where it wrote, with all that its peer knew of that. */
  private record Seen(Content content, VersionVector known) {}

  private final List<SimulatedPeer> peers;
  private final History history;
  private final Contents contents;
  private final Checks checks;
  private final Map<Place, Writer> open = new HashMap<>();
  private final Map<Place, Saved> saved = new HashMap<>();

  /** What changes are based on that no scan has signed yet, where it was not on the disk. */
  private final Map<Place, Seen> seen = new HashMap<>();

  /** What each file was of which a power cut, or a kill in a call, may have left a mixture. */
  private final Map<Place, List<byte[]>> torn = new HashMap<>();

  private int parts;
  private int branched;

  Writers(List<SimulatedPeer> peers, History history, Contents contents, Checks checks) {
    this.peers = peers;
    this.history = history;
    this.contents = contents;
    this.checks = checks;
  }

  /** Parts that programs wrote to files not all of which was here. */
  int branched() {
    return branched;
  }

  // ---- what programs do

  /** Opens a file for writing, or makes it; one that is cut gets its first bytes at once. */
  void open(SimulatedPeer peer, Action action) throws RealizeException {
    RelativePath path = path(peer, action);
    Place place = new Place(peer, path);
    if (peer.ignores(path) || open.containsKey(place) || opened(peer).size() == MOST_OPEN) {
      return;
    }
    EditableView view = peer.cache().view();
    Optional<EntryName> at = at(peer, path);
    if (at.isEmpty()) {
      return;
    }
    Attributes found = find(view, at.get());
    boolean isCut = action.other() % 3 == 0;
    contents.mayTear(List.of(new byte[0])); // until the first part is written
    if (found == null) {
      Writer writer = created(place, () -> view.create(at.get(), MODE, READ_WRITE, USER));
      write(writer, new byte[0], 0, part());
    } else if (found.kind() == FileKind.FILE) {
      Optional<Content.File> shown = shown(place, found);
      if (shown.isPresent()) {
        byte[] bytes = contents.bytes(shown.get());
        if (isCut) {
          byte[] part = part();
          Writer writer =
              interrupted(
                  place,
                  shown.get(),
                  List.of(bytes, new byte[0]),
                  () -> opened(place, found.inode(), TRUNCATE, bytes, shown.get()));
          write(writer, new byte[0], 0, part);
        } else {
          opened(place, found.inode(), READ_WRITE, bytes, shown.get());
        }
      }
    }
  }

  /** A file that is elsewhere, most often, if there is one; else any path. */
  private static RelativePath path(SimulatedPeer peer, Action action) throws RealizeException {
    List<RelativePath> elsewhere = new ArrayList<>(peer.cache().listedFiles().keySet());
    elsewhere.removeIf(path -> peer.disk().at(path).isPresent());
    List<RelativePath> from =
        elsewhere.isEmpty() || Math.floorMod(action.chance(), 4) == 0 ? Users.PATHS : elsewhere;
    return from.get(action.path() % from.size());
  }

  private interface Making {
    Created make() throws RealizeException;
  }

  private Writer created(Place place, Making making) throws RealizeException {
    Content nothing = new Content.Absent();
    return interrupted(
        place,
        nothing,
        List.of(new byte[0]),
        () -> {
          Created made = making.make();
          Inode inode = made.attributes().inode();
          Writer writer = new Writer(place, made.file(), inode, new byte[0], nothing);
          open.put(place, writer);
          return writer;
        });
  }

  private Writer opened(
      Place place, Inode inode, OpenFlags flags, byte[] bytes, Content.File content)
      throws RealizeException {
    OpenFile file = place.peer().cache().view().open(inode, flags, USER);
    Writer writer = new Writer(place, file, inode, bytes, content);
    open.put(place, writer);
    return writer;
  }

  private interface Call<T> {
    T run() throws RealizeException;
  }

  /** Runs a call; where the process ends in it, its effect may have happened, or a part of it. */
  private <T> T interrupted(Place place, Content before, List<byte[]> between, Call<T> call)
      throws RealizeException {
    try {
      return call.run();
    } catch (SimulatedCrash crash) {
      contents.mayTear(between);
      history.add(
          place.peer().name().value(), place.path(), before, new Content.Absent(), Base.SEEN);
      history.doubt(
          place.peer().name().value(), history.size() - 1, place.path()::equals, Excuse.CUT_SHORT);
      throw crash;
    }
  }

  /** Writes a part at some offset, or cuts the file, or extends it, by a writer that is open. */
  void write(SimulatedPeer peer, Action action) throws RealizeException {
    Optional<Writer> chosen = chosen(peer, action);
    if (chosen.isPresent()) {
      Writer writer = chosen.get();
      byte[] part = part();
      int offset =
          switch (Math.floorMod(action.chance(), 4)) {
            case 0 -> 0;
            case 1 -> writer.bytes.length;
            default -> action.other() % (writer.bytes.length + 1);
          };
      write(writer, writer.bytes, offset, part);
    }
  }

  private byte[] part() {
    return "[part %d]".formatted(parts++).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Writes a part into what the file holds now. A file of the disk is forced at once: a power cut
   * may take its bytes and leave its times, by which the index would know it.
   */
  private void write(Writer writer, byte[] now, int offset, byte[] part) throws RealizeException {
    byte[] after = Arrays.copyOf(now, Math.max(now.length, offset + part.length));
    System.arraycopy(part, 0, after, offset, part.length);
    Content before = writer.content;
    noteSeen(writer.place, before);
    try {
      int written = writer.file.write(offset, ByteBuffer.wrap(part), false);
      if (written != part.length) {
        throw new AssertionError("a short write at " + writer.place.path());
      }
    } catch (SimulatedCrash crash) {
      note(writer, after);
      history.doubt(
          writer.place.peer().name().value(),
          history.size() - 1,
          writer.place.path()::equals,
          Excuse.CUT_SHORT);
      giveUp(writer.place, writer.content, Excuse.NOT_WRITTEN);
      tear(writer.place, List.of(writer.bytes, now, after));
      throw crash;
    } catch (RealizeException failed) {
      if (now.length == 0 && writer.bytes.length > 0) { // it was cut before
        note(writer, now);
      }
      throw failed;
    }
    SimulatedDisk disk = writer.place.peer().disk();
    Content made = contents.written(after);
    boolean isOnDisk = made.equals(disk.contentAt(writer.place.path()));
    if (isOnDisk || hasName(writer)) {
      note(writer, after);
      if (writer.place.peer().branches().at(writer.place.path()) == null) {
        force(writer);
      } else {
        branched++;
      }
    } else {
      writer.bytes = after;
      writer.content = contents.written(after);
    }
  }

  private void note(Writer writer, byte[] after) {
    Place place = writer.place;
    SimulatedPeer peer = place.peer();
    Content made = contents.written(after);
    boolean isBased =
        peer.isScanned() && (!writer.content.isAbsent() || peer.hasSeenRemoved(place.path()));
    history.add(
        peer.name().value(), place.path(), writer.content, made, isBased ? Base.SEEN : Base.NONE);
    torn.remove(place);
    Saved left = saved.computeIfAbsent(place, _ -> new Saved(made));
    if (left.isForced()) {
      left.firstUnforced = history.size() - 1;
      left.since.clear();
      left.since.add(writer.bytes);
    }
    left.since.add(after);
    left.content = made;
    left.isBranch = peer.branches().at(place.path()) != null;
    writer.bytes = after;
    writer.content = made;
  }

  /** True if the file still has its name: else nobody finds what is written to it. */
  private static boolean hasName(Writer writer) throws RealizeException {
    Optional<EntryName> at = at(writer.place.peer(), writer.place.path());
    if (at.isEmpty()) {
      return false;
    }
    Attributes found = find(writer.place.peer().cache().view(), at.get());
    return found != null && found.inode().equals(writer.inode);
  }

  /** Forces a file and its name; what it holds is what was written. */
  void force(SimulatedPeer peer, Action action) throws RealizeException, InterruptedException {
    Optional<Writer> chosen = chosen(peer, action);
    if (chosen.isPresent()) {
      force(chosen.get());
      check(chosen.get());
    }
  }

  private void force(Writer writer) throws RealizeException {
    SimulatedPeer peer = writer.place.peer();
    writer.file.force(false);
    Optional<EntryName> at = at(peer, writer.place.path());
    if (at.isPresent()) {
      peer.cache().view().force(at.get().directory());
      forced(writer.place);
    }
  }

  private void check(Writer writer) throws RealizeException, InterruptedException {
    ByteBuffer read = ByteBuffer.allocate(writer.bytes.length + 1);
    try {
      int length = writer.file.read(0, read);
      checks.make(Violation.Rule.VIEW);
      if (!Arrays.equals(Arrays.copyOf(read.array(), length), writer.bytes)) {
        throw new Violation(
            Violation.Rule.VIEW,
            "a program of %s reads other bytes at %s than it wrote"
                .formatted(writer.place.peer().name(), writer.place.path()));
      }
    } catch (Unreachable | CallFailed _) {
      // the rest of it is elsewhere
    }
  }

  void close(SimulatedPeer peer, Action action) {
    chosen(peer, action)
        .ifPresent(writer -> {
          open.remove(writer.place);
          writer.file.close();
        });
  }

  /** Closes all that is open at a path and below. */
  void closeBelow(SimulatedPeer peer, RelativePath path) {
    for (Writer writer : opened(peer)) {
      if (path.contains(writer.place.path())) {
        open.remove(writer.place);
        writer.file.close();
      }
    }
  }

  private List<Writer> opened(SimulatedPeer peer) {
    Map<RelativePath, Writer> own = new TreeMap<>();
    open.forEach((place, writer) -> {
      if (place.peer() == peer) {
        own.put(place.path(), writer);
      }
    });
    return List.copyOf(own.values());
  }

  private Optional<Writer> chosen(SimulatedPeer peer, Action action) {
    List<Writer> own = opened(peer);
    return own.isEmpty() ? Optional.empty() : Optional.of(own.get(action.path() % own.size()));
  }

  // ---- names

  /** A name in the mount whose directory is there. */
  private static Optional<EntryName> at(SimulatedPeer peer, RelativePath path)
      throws RealizeException {
    EditableView view = peer.cache().view();
    Inode directory = view.lookup(Inode.ROOT, SimulatedPeer.ARENA.toString()).inode();
    for (String part : path.parent().orElse(RelativePath.ROOT).parts()) {
      Attributes found = find(view, new EntryName(directory, part));
      if (found == null || found.kind() != FileKind.DIRECTORY) {
        return Optional.empty();
      }
      directory = found.inode();
    }
    return Optional.of(new EntryName(directory, path.name()));
  }

  private static @Nullable Attributes find(EditableView view, EntryName at)
      throws RealizeException {
    try {
      return view.lookup(at.directory(), at.name());
    } catch (NotFound _) {
      return null;
    }
  }

  /**
   * The content that a name shows: what programs have left there, or is on the disk, or is shown of
   * the store; empty where the size does not tell which.
   */
  private Optional<Content.File> shown(Place place, Attributes found) throws RealizeException {
    Set<Content.File> possible = new HashSet<>();
    SimulatedPeer peer = place.peer();
    Saved left = saved.get(place);
    if (peer.branches().at(place.path()) != null) {
      add(possible, left == null ? null : left.content, found);
      return possible.stream().findFirst();
    }
    add(possible, peer.disk().contentAt(place.path()), found);
    for (PathState state : peer.knowledge(List.of(place.path()))) {
      add(possible, state.shown().content(), found);
    }
    return possible.size() == 1 ? possible.stream().findFirst() : Optional.empty();
  }

  private static void add(Set<Content.File> possible, @Nullable Content content, Attributes found) {
    if (content instanceof Content.File file && file.sizeBytes() == found.sizeBytes()) {
      possible.add(file);
    }
  }

  private void noteSeen(Place place, Content content) throws RealizeException {
    SimulatedPeer peer = place.peer();
    if (peer.disk().contentAt(place.path()).equals(content) || seen.containsKey(place)) {
      return;
    }
    VersionVector known = VersionVector.EMPTY;
    for (PathState state : peer.knowledge(List.of(place.path()))) {
      for (Version version : NaiveMaxima.known(state)) {
        known = version.content().equals(content) ? known.join(version.vector()) : known;
      }
    }
    if (!known.equals(VersionVector.EMPTY)) {
      seen.put(place, new Seen(content, known));
    }
  }

  /** What a change was based on that a scan has just signed, if that was not on the disk. */
  Optional<Map.Entry<Content, VersionVector>> signed(SimulatedPeer peer, RelativePath path) {
    return Optional.ofNullable(seen.remove(new Place(peer, path)))
        .map(base -> Map.entry(base.content(), base.known()));
  }

  // ---- what happens to machines

  /** The process has ended, and with it its programs' files. */
  void died(SimulatedPeer peer) {
    open.keySet().removeIf(place -> place.peer() == peer);
  }

  /** What was not forced may be gone, or a part of it. */
  void powerCut(SimulatedPeer peer) {
    for (Map.Entry<Place, Saved> entry : List.copyOf(saved.entrySet())) {
      Saved left = entry.getValue();
      if (entry.getKey().peer() == peer && !left.isForced()) {
        RelativePath path = entry.getKey().path();
        history.doubt(
            peer.name().value(), left.firstUnforced, path::equals, Excuse.WRITTEN_BEFORE_POWER_CUT);
        giveUp(entry.getKey(), left.content, Excuse.LOST_BEFORE_FORCED);
        tear(entry.getKey(), left.since);
        saved.remove(entry.getKey());
        seen.remove(entry.getKey());
      }
    }
  }

  private void tear(Place place, List<byte[]> since) {
    contents.mayTear(since);
    torn.put(place, List.copyOf(since));
  }

  private void giveUp(Place place, Content content, Excuse why) {
    history.giveUp(place.path(), content, why);
    history.lose(place.path(), content, Excuse.UNHEARD_BEFORE_FORCED);
  }

  /** The root's disk is another one, without what was only in branches. */
  void diskLost(SimulatedPeer peer) {
    saved.keySet().removeIf(place -> place.peer() == peer);
    seen.keySet().removeIf(place -> place.peer() == peer);
    torn.keySet().removeIf(place -> place.peer() == peer);
  }

  /** The state is another one: branches of the former one are listed, and never applied. */
  void stateLost(SimulatedPeer peer) {
    saved.forEach((place, left) -> {
      if (place.peer() == peer && left.isBranch) {
        giveUp(place, left.content, Excuse.LEFT_IN_BRANCH);
      }
    });
    diskLost(peer);
  }

  /** All branches of a peer that runs, and have ended, are durable files. */
  void settled(SimulatedPeer peer) {
    saved.forEach((place, left) -> {
      if (place.peer() == peer && left.isBranch && peer.branches().at(place.path()) == null) {
        forced(place);
        left.isBranch = false;
      }
    });
  }

  private void forced(Place place) {
    Saved left = saved.get(place);
    if (left != null && !left.isForced()) {
      byte[] last = left.since.getLast();
      left.since.clear();
      left.since.add(last);
    }
  }

  /**
   * True while nobody changes files around the mount: what programs wrote to is not whole yet, or
   * not indexed since.
   */
  boolean areUnderWay(SimulatedPeer peer) {
    return peer.disk().hasBranches() || seen.keySet().stream().anyMatch(at -> at.peer() == peer);
  }

  // ---- what the judge asks

  /** True if the peer has the content in a branch of the path. */
  boolean holds(SimulatedPeer peer, History.Placed placed) {
    Saved left = saved.get(new Place(peer, placed.path()));
    return left != null
        && left.isBranch
        && left.content.equals(placed.content())
        && peer.disk().hasBranches();
  }

  /** What programs have left at a path; absent for nothing. */
  Content left(SimulatedPeer peer, RelativePath path) {
    Saved left = saved.get(new Place(peer, path));
    return left == null ? new Content.Absent() : left.content;
  }

  /**
   * True if a branch at a path, which is not whole yet, may read so after a power cut or a kill.
   */
  boolean mayBeLeft(SimulatedPeer peer, RelativePath path, byte[] read) {
    List<byte[]> since = torn.get(new Place(peer, path));
    return since != null
        && peer.isMounted()
        && peer.branches().at(path) != null
        && Contents.isMixture(read, since);
  }

  /** The reason for which what programs wrote is not to be read: what it began from is gone. */
  Optional<Excuse> incomplete(History.Placed placed) throws RealizeException {
    for (SimulatedPeer peer : peers) {
      Branch branch =
          peer.isMounted() && holds(peer, placed) ? peer.branches().at(placed.path()) : null;
      boolean isOut =
          branch != null
              && (!isInReach(peer, placed.path(), branch.base().content())
                  || lacksRoom(peer, placed.path()));
      if (isOut) {
        return Optional.of(Excuse.BASE_IS_GONE);
      }
    }
    return Optional.empty();
  }

  /** True if it is listed that the cache has no room for what is read on the way to a branch. */
  private static boolean lacksRoom(SimulatedPeer peer, RelativePath path) throws RealizeException {
    return peer
        .state()
        .memoryArena(SimulatedPeer.ARENA)
        .read(reader -> reader.findings(Integer.MAX_VALUE))
        .stream()
        .anyMatch(found ->
            found.subject().equals(path.toString())
                && found.cause().contains("no room in the cache"));
  }

  /** True if a peer that this one is connected to says that it has the content. */
  private static boolean isInReach(SimulatedPeer peer, RelativePath path, Content content)
      throws RealizeException {
    for (PathState state : peer.knowledge(List.of(path))) {
      for (SimulatedLink link : peer.links().values()) {
        Report report = state.reports().get(link.identity().store());
        if (link.connected()
            && report != null
            && report.versions().stream()
                .anyMatch(said -> said.held() && said.version().content().equals(content))) {
          return true;
        }
      }
    }
    return false;
  }
}
