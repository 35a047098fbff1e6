package org.realize.chaos.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.pin.DropIntents;
import org.realize.sync.port.Hello;
import org.realize.sync.port.HelloJudge.Verdict;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol.OpenChanges;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.view.Attributes;

/** All machines of a household, what happens to them, and how they get well in the end. */
final class Household {

  private static final int MOST_PEERS = 6;

  /** Batches after which nothing can be left to do. */
  private static final int MOST_BATCHES = 40;

  /** Rounds in which everybody hears everybody after the last change, and still has news. */
  private static final int MOST_ROUNDS = 60;

  /** The longest wait after a failure, and more than a file must be quiet to be given up. */
  private static final Duration LATER = Duration.ofHours(1);

  /** All that is done to machines with their disks. */
  private static final Set<Action.Kind> COPYING =
      EnumSet.of(
          Action.Kind.BACKUP,
          Action.Kind.RESTORE_FILES,
          Action.Kind.RESTORE_BLOCKS,
          Action.Kind.CLONE_FILES,
          Action.Kind.CLONE_BLOCKS,
          Action.Kind.WIPE,
          Action.Kind.WIPE_STATE,
          Action.Kind.RESTORE_STATE,
          Action.Kind.ROLL_BACK_ROOT,
          Action.Kind.HALF_RESTORE_ROOT,
          Action.Kind.NEW_DISK);

  private final ManualTime time = new ManualTime();
  private final Contents contents = new Contents();
  private final History history = new History();
  private final Users users = new Users(history, time);
  private final List<SimulatedPeer> peers = new ArrayList<>();
  private final List<OwnClock> clocks = new ArrayList<>();

  /** The number of events before each peer's last scan of which a power cut took nothing. */
  private final Map<SimulatedPeer, Integer> scanned = new HashMap<>();

  /** What each peer's root was stamped with at its last scan. */
  private final Map<SimulatedPeer, Optional<String>> stamps = new HashMap<>();

  /** Those whose root is an earlier state of it, or a part of one. */
  private final Set<SimulatedPeer> rolledBack = new HashSet<>();

  /** What was copied of whose index while it ran, durable or not. */
  private final Map<SimulatedPeer, List<Map<RelativePath, Version>>> copiedRunning =
      new HashMap<>();

  /** The number of events before the product last made something at a path of a peer. */
  private final Map<SimulatedPeer, Map<RelativePath, Integer>> made = new HashMap<>();

  private final Checks checks = new Checks();
  private final GuardOracle guard = new GuardOracle(time, checks);
  private final Unwanted unwanted = new Unwanted(checks);
  private final Choices choices = new Choices(history, contents, checks, unwanted);
  private final Writers writers = new Writers(peers, history, contents, checks);
  private final Moves moves = new Moves(peers, history, checks, this::scan);
  private final Script script;
  private int pages;
  private String lastNews = "";

  Household(Script script) {
    this.script = script;
    for (Script.Nature character : script.peers()) {
      add(character);
    }
  }

  private SimulatedPeer add(Script.Nature character) {
    OwnClock clock = new OwnClock(time);
    PeerName name = new PeerName("p" + peers.size());
    Random random = new Random(script.seed() * 31 + peers.size());
    SimulatedPeer peer = new SimulatedPeer(name, character, clock, random, contents, moves);
    peers.add(peer);
    clocks.add(clock);
    return peer;
  }

  List<SimulatedPeer> peers() {
    return peers;
  }

  Contents contents() {
    return contents;
  }

  History history() {
    return history;
  }

  Unwanted unwanted() {
    return unwanted;
  }

  /** The programs that write through mounts. */
  Writers writers() {
    return writers;
  }

  /** True if a name shows what programs have written, and not all of that is here. */
  boolean isBranch(SimulatedPeer peer, RelativePath path) {
    return peer.isMounted() && peer.branches().at(path) != null;
  }

  /** True if that is so at some peer. */
  boolean isBranch(RelativePath path) {
    return peers.stream().anyMatch(peer -> isBranch(peer, path));
  }

  /** The checks that were made of this household. */
  Checks checks() {
    return checks;
  }

  /** Pages with news that were taken in. */
  int pages() {
    return pages;
  }

  /** Files that were given up for the copy that they were moved to. */
  int dropped() {
    return moves.dropped();
  }

  // ---- the bad time

  void begin() throws RealizeException {
    for (SimulatedPeer peer : peers) {
      if (!peer.character().late()) {
        start(peer);
      }
    }
  }

  /** Plays one action; a crash ends the process of the peer that it happens to. */
  void play(Action action) throws RealizeException, InterruptedException {
    SimulatedPeer peer = peers.get(action.peer() % peers.size());
    time.advance(Duration.ofMillis(1 + Math.floorMod(action.chance(), 5_000)));
    try {
      if (peer.character().rooted() && !peer.disk().isUnplugged()) {
        OpenChanges open = peer.openChanges();
        int from = history.size();
        if (!writers.areUnderWay(peer)) {
          byUser(peer, action);
        }
        giveUpCopies();
        history.doubt(peer.name().value(), from, open::mayMiss, Excuse.CHANGED_WHILE_MADE);
      }
      byMachine(peer, action);
      if (peer.running()) {
        byProcess(peer, action);
      }
      if (peer.isMounted()) {
        byPrograms(peer, action);
      }
      byMoves(action);
    } catch (SimulatedCrash _) {
      // of whom, the fault points know
    }
    killDead();
  }

  private void killDead() {
    peers.stream().filter(SimulatedPeer::isDead).forEach(this::kill);
  }

  /** The action with the names of what its numbers mean in this household. */
  String described(Action action) {
    return "%s %s %s %s"
        .formatted(
            action.kind(),
            peers.get(action.peer() % peers.size()).name(),
            Users.PATHS.get(action.path() % Users.PATHS.size()),
            action.other());
  }

  private void byUser(SimulatedPeer peer, Action action) throws RealizeException {
    RelativePath path = Users.PATHS.get(action.path() % Users.PATHS.size());
    RelativePath other = Users.PATHS.get(action.other() % Users.PATHS.size());
    switch (action.kind()) {
      case WRITE -> users.write(peer, path, contents.fresh());
      case WRITE_COMMON -> users.write(peer, path, contents.common(action.other()));
      case WRITE_OLD -> users.write(peer, path, contents.old(path, action.other()));
      case REVERT -> users.revert(peer, path, action.other());
      case DELETE -> users.delete(peer, path);
      case DELETE_ALL -> users.deleteAll(peer);
      case RENAME -> {
        writers.closeBelow(peer, path); // they would write to the new name
        users.rename(peer, path, other);
      }
      case CHMOD -> users.changeMode(peer, path, 0600 + action.other() % 0177);
      case TOUCH -> users.touch(peer, path);
      case MAKE_DIRECTORY -> users.makeDirectory(peer, path);
      case MAKE_LINK -> users.makeLink(peer, path, action.other());
      case IGNORE -> {
        if (!peer.character().isMounted()) { // what programs write there would be nobody's
          peer.ignored().add(path);
        }
      }
      case RESTORE_DISK -> {
        if (peer.backup() != null) {
          users.bringBack(peer, peer.backup().disk(), new Random(action.chance()));
        }
      }
      default -> {}
    }
  }

  private void byMachine(SimulatedPeer peer, Action action) throws RealizeException {
    if (COPYING.contains(action.kind())) {
      peer.disk().plug();
    }
    switch (action.kind()) {
      case KILL -> kill(peer);
      case POWER_CUT -> cutPower(peer);
      case START -> start(peer);
      case CRASH -> peer.faults().arm(action.other() % 24);
      case CLOCK -> {
        long days = action.other() % 8 - 4L;
        clocks.get(peers.indexOf(peer)).jump(Duration.ofDays(days).toMillis() + action.path());
      }
      case BACKUP -> {
        if (peer.startedBefore()) {
          peer.backUp(scannedTo(peer)); // what is not scanned in it never will be a removal
        }
      }
      case RESTORE_FILES -> restore(peer, false);
      case RESTORE_BLOCKS -> restore(peer, true);
      case CLONE_FILES -> copy(peer, false);
      case CLONE_BLOCKS -> copy(peer, true);
      case WIPE -> wipe(peer, true);
      case WIPE_STATE -> wipe(peer, false);
      default -> toDisk(peer, action);
    }
  }

  /** What happens to the disk of a root, or to the state without it. */
  private void toDisk(SimulatedPeer peer, Action action) throws RealizeException {
    SimulatedPeer.Backup backup = peer.backup();
    Random random = new Random(action.chance());
    switch (action.kind()) {
      case RESTORE_STATE -> {
        if (backup != null) {
          restoreState(peer, backup);
        }
      }
      case ROLL_BACK_ROOT -> {
        if (backup != null) {
          rollBack(peer, backup.disk(), _ -> true);
        }
      }
      case HALF_RESTORE_ROOT -> {
        if (backup != null) {
          rollBack(peer, backup.disk(), _ -> random.nextBoolean());
        }
      }
      case NEW_DISK -> {
        int part = random.nextInt(3);
        SimulatedDisk other =
            new SimulatedDisk(peer.disk(), peer.time(), _ -> random.nextInt(3) < part);
        kill(peer);
        losingDisk(peer, () -> peer.replaceDisk(other));
        rolledBack.remove(peer);
      }
      case UNPLUG -> {
        if (peer.running() && peer.isLookedAt()) { // else what is in its place is the first root
          peer.state().memoryArena(SimulatedPeer.ARENA).force();
          peer.disk().unplug();
        }
      }
      case PLUG -> peer.disk().plug();
      case FILL -> peer.disk().fill((action.other() % 4) * 4096L);
      case MAKE_ROOM -> peer.disk().makeRoom();
      default -> {}
    }
  }

  /**
   * A state that knows the root by the stamp that an earlier state of it has cannot tell which of
   * its files were not put back: a restore of both that was not finished.
   */
  private void restoreState(SimulatedPeer peer, SimulatedPeer.Backup backup)
      throws RealizeException {
    if (rolledBack.contains(peer) && peer.disk().identity().equals(backup.disk().identity())) {
      return;
    }
    kill(peer);
    guard.forget(peer);
    history.doubt(peer.name().value(), backup.events(), Excuse.REMOVED_BEFORE_RESTORE);
    writers.stateLost(peer);
    losing(peer, () -> peer.restoreState(backup), Excuse.UNHEARD_BEFORE_WIPE);
    giveUpLost(); // where a directory took a file's name, only the cache and the trash have it
    mayReturn(peer, Excuse.RETURNS_WITH_BACKUP);
  }

  /**
   * Some of the files of an earlier state of the root are what is on the disk; all that the index
   * knows it by is an earlier stamp. One that was stamped since cannot be told from it.
   */
  private void rollBack(SimulatedPeer peer, SimulatedDisk earlier, Predicate<RelativePath> wanted)
      throws RealizeException {
    if (stamps.containsKey(peer) && !earlier.identity().equals(stamps.get(peer))) {
      SimulatedDisk restored = new SimulatedDisk(earlier, peer.time(), wanted);
      restored.takeIdentity(earlier);
      kill(peer);
      losingDisk(peer, () -> peer.replaceDisk(restored));
      rolledBack.add(peer);
      mayReturn(peer, Excuse.RETURNS_WITH_BACKUP);
    }
  }

  private void byProcess(SimulatedPeer peer, Action action)
      throws RealizeException, InterruptedException {
    switch (action.kind()) {
      case SCAN -> scan(peer);
      case ADOPT -> work(peer, 1 + action.path() % 3);
      case FOLLOW -> work(peer, MOST_BATCHES);
      case CONNECT -> connect(peer, peers.get(action.other() % peers.size()));
      case DISCONNECT -> disconnect(peer, peers.get(action.other() % peers.size()));
      case PULL -> pull(peer, action.other());
      case CALM -> calm(action.other() % 2 == 0);
      case CHOOSE -> choose(peer, action);
      case MARK -> {
        RelativePath path = Users.PATHS.get(action.path() % Users.PATHS.size());
        Users.mark(peer, path, action.other(), peer == peers.getFirst());
      }
      case CONFIRM -> confirm(peer);
      case REJECT -> reject(peer);
      case LOSE_PAGE -> link(peer, action.other()).ifPresent(SimulatedLink::loseNext);
      case PULL_LATE -> {
        Optional<SimulatedLink> link = link(peer, action.other());
        if (link.isPresent()) {
          long progress = peer.receiver().progress(link.get().identity().store());
          guarded(() -> link.get().readAhead(progress));
        }
      }
      case REPLAY -> link(peer, action.other()).ifPresent(SimulatedLink::replayNext);
      case READ -> caching(peer, () -> read(peer, action.other()));
      case FETCH -> caching(peer, () -> fetch(peer, action.other()));
      case EVICT -> caching(peer, () -> evict(peer, action.other()));
      case UPKEEP -> upkeep(peer);
      case GARBLE -> link(peer, action.other()).ifPresent(SimulatedLink::garbleNext);
      case STOP_CACHE -> peer.stopCacheAfter(action.other() % 12);
      default -> {}
    }
  }

  private void byMoves(Action action) throws RealizeException, InterruptedException {
    switch (action.kind()) {
      case MOVE -> {
        Optional<SimulatedMove> move = moves.drawn(action);
        if (move.isPresent()) {
          connect(move.get().mover(), move.get().source());
          connect(move.get().mover(), move.get().target());
          connect(move.get().source(), move.get().target());
          moves.begin(move.get());
        }
      }
      case MOVE_STEP -> moves.step(action).ifPresent(this::kill);
      default -> {}
    }
  }

  private void byPrograms(SimulatedPeer peer, Action action)
      throws RealizeException, InterruptedException {
    switch (action.kind()) {
      case OPEN -> editing(peer, () -> writers.open(peer, action));
      case WRITE_PART -> editing(peer, () -> writers.write(peer, action));
      case FORCE -> editing(peer, () -> writers.force(peer, action));
      case CLOSE -> editing(peer, () -> writers.close(peer, action));
      case COMPLETE -> work(peer, 1 + action.path() % 3);
      default -> {}
    }
  }

  /** Does something through a mount, which may fail, and change what is known. */
  private void editing(SimulatedPeer peer, CacheDeed deed)
      throws RealizeException, InterruptedException {
    Map<RelativePath, PathState> before = states(peer);
    StoreId store = peer.state().identity().store();
    try {
      caching(peer, deed);
    } finally {
      states(peer).forEach((path, after) -> signed(peer, store, before.get(path), after));
    }
  }

  // ---- what can happen to a machine

  private void kill(SimulatedPeer peer) {
    peer.kill();
    writers.died(peer);
    moves.died(peer);
    for (SimulatedPeer other : peers) {
      other.disconnect(peer);
    }
  }

  /** In order: nothing that was written is lost later. */
  private void turnOff(SimulatedPeer peer) {
    kill(peer);
    peer.disk().force();
    peer.state().memoryArena(SimulatedPeer.ARENA).force();
  }

  /** What was heard and not yet forced is gone; so may be those who said it. */
  private void cutPower(SimulatedPeer peer) throws RealizeException {
    kill(peer);
    guard.forget(peer);
    Map<RelativePath, Version> indexed = indexed(peer);
    Set<StoreId> own = Set.copyOf(peer.state().identity().store().all());
    writers.powerCut(peer);
    losing(peer, peer::powerCut, Excuse.UNHEARD_BEFORE_POWER_CUT);
    Map<RelativePath, Version> durable = indexed(peer);
    Set<History.Placed> indexedAgain = new HashSet<>();
    Set<RelativePath> changed = new HashSet<>();
    indexed.forEach((path, version) -> {
      Version left = durable.get(path);
      if (!version.equals(left)) {
        changed.add(path);
        indexedAgain.add(
            new History.Placed(path, left == null ? new Content.Absent() : left.content()));
        // what was done with them there is not known any more
        history.arrivalsMayReturn(path, Excuse.ARRIVED_BEFORE_POWER_CUT);
        if (own.stream().allMatch(id -> version.vector().counter(id) == 0)) {
          history.mayReturn(path, version.content(), Excuse.ARRIVED_BEFORE_POWER_CUT);
        }
      }
    });
    for (RelativePath path : changed) {
      history.signatures().lose(peer.name(), path, knownAt(path));
    }
    String name = peer.name().value();
    history.doubtChoices(name, Excuse.CHOSEN_BEFORE_POWER_CUT);
    OpenChanges open = peer.openChanges();
    for (Map.Entry<RelativePath, Integer> last : made.getOrDefault(peer, Map.of()).entrySet()) {
      if (open.mayMiss(last.getKey())) { // that it was made is not indexed any more
        history.doubt(name, last.getValue(), last.getKey()::equals, Excuse.CHANGED_WHILE_MADE);
      }
    }
    scanned.computeIfPresent(peer, (_, to) -> history.firstReplacing(name, indexedAgain, to));
    if (copiedRunning.containsKey(peer)) {
      // The copies have versions that never became durable here. The same files are signed again,
      // which no removal by a copy's user covers; and what is removed here before that is not even
      // known to have been here.
      mayReturn(indexed, durable);
      copiedRunning.get(peer).forEach(copied -> mayReturn(copied, durable));
    }
  }

  private List<Version> knownAt(RelativePath path) throws RealizeException {
    List<Version> known = new ArrayList<>();
    for (SimulatedPeer peer : peers) {
      for (PathState state : peer.knowledge(List.of(path))) {
        known.addAll(NaiveMaxima.known(state));
      }
    }
    return known;
  }

  /** What an index said before, and does not know now, may come up again. */
  private void mayReturn(Map<RelativePath, Version> before, Map<RelativePath, Version> now) {
    before.forEach((path, version) -> {
      Version known = now.get(path);
      if (known == null || !NaiveMaxima.covers(known.vector(), version.vector())) {
        history.mayReturn(path, version.content(), Excuse.COPY_SURVIVED_POWER_CUT);
      }
    });
  }

  /** The versions that the peer's index says are on its disk. */
  private static Map<RelativePath, Version> indexed(SimulatedPeer peer) throws RealizeException {
    Map<RelativePath, Version> indexed = new HashMap<>();
    for (PathState state : peer.knowledge()) {
      if (state.real() != null) {
        indexed.put(state.path(), state.real().version());
      }
    }
    return indexed;
  }

  private void restore(SimulatedPeer peer, boolean sameBlocks) throws RealizeException {
    SimulatedPeer.Backup backup = peer.backup();
    if (backup != null) {
      kill(peer);
      guard.forget(peer);
      history.doubt(peer.name().value(), backup.events(), Excuse.REMOVED_BEFORE_RESTORE);
      String machine = sameBlocks ? peer.machine() : peer.machine() + "'";
      losingDisk(peer, () -> peer.restore(backup, machine));
      mayReturn(peer, Excuse.RETURNS_WITH_BACKUP);
    }
  }

  private void wipe(SimulatedPeer peer, boolean alsoDisk) throws RealizeException {
    kill(peer);
    guard.forget(peer);
    history.doubt(peer.name().value(), 0, Excuse.REMOVED_BEFORE_WIPE);
    if (alsoDisk) {
      losingDisk(peer, () -> peer.wipe(true));
    } else {
      mayReturn(peer, Excuse.RETURNS_WITH_WIPE);
      writers.stateLost(peer);
      losing(peer, () -> peer.wipe(false), Excuse.UNHEARD_BEFORE_WIPE);
      giveUpLost(); // where a directory took a file's name, only the cache and the trash have it
    }
    loseWhatNobodyTellsApart(peer);
  }

  /**
   * After a wipe: a machine that was restored tells its own changes before and after that apart, if
   * it lives to meet who heard of the first ones; nobody else can.
   */
  private void loseWhatNobodyTellsApart(SimulatedPeer wiped) throws RealizeException {
    for (Map.Entry<Signatures.Signature, VersionVector> covered :
        history.signatures().coveredUnknown(wiped.name()).entrySet()) {
      Signatures.Signature change = covered.getKey();
      boolean isToldApart = false;
      for (SimulatedPeer peer : peers) {
        for (PathState state : peer.knowledge(List.of(change.path()))) {
          isToldApart |=
              NaiveMaxima.known(state).stream()
                  .filter(version -> version.content().equals(change.made()))
                  .anyMatch(version -> !NaiveMaxima.covers(covered.getValue(), version.vector()));
        }
      }
      if (!isToldApart) {
        history.lose(change.path(), change.made(), Excuse.WIPED_BEFORE_TOLD_APART);
      }
    }
  }

  /** Does something to a machine after which what nobody else knew may be gone for good. */
  private void losing(SimulatedPeer peer, Runnable loss, Excuse why) throws RealizeException {
    Set<History.Placed> before = new HashSet<>();
    for (RelativePath path : contents.names()) {
      before.add(new History.Placed(path, peer.disk().contentAt(path)));
      for (PathState state : peer.knowledge(List.of(path))) {
        NaiveMaxima.known(state).forEach(v -> before.add(new History.Placed(path, v.content())));
      }
    }
    for (History.Event event : history.events()) {
      if (event.peer().equals(peer.name().value())) {
        before.add(new History.Placed(event.path(), event.made()));
      }
    }
    loss.run();
    for (History.Placed placed : before) {
      if (!isKnown(placed.path(), placed.content())) {
        history.lose(placed.path(), placed.content(), why);
      }
      if (history.copies().contains(placed) && !isToBeMade(placed)) {
        history.giveUp(placed.path(), placed.content(), Excuse.NOT_COPIED);
      }
    }
  }

  /** True if a peer that knows of the file tells others of it, or is to have it by its marks. */
  private boolean isToBeMade(History.Placed placed) throws RealizeException {
    RelativePath path = placed.path();
    for (SimulatedPeer peer : peers) {
      for (PathState state : peer.knowledge(List.of(path))) {
        boolean isTold = state.announcedSeq() > 0 || peer.markOf(path) != Mark.WATCH;
        if (isTold && knows(state, placed.content())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean knows(PathState state, Content content) {
    return NaiveMaxima.known(state).stream().anyMatch(v -> v.content().equals(content));
  }

  /** Does something after which what was on the disk alone may be gone for good. */
  private void losingDisk(SimulatedPeer peer, Runnable loss) throws RealizeException {
    moves.diskLost(peer);
    writers.diskLost(peer);
    losing(peer, loss, Excuse.UNHEARD_BEFORE_DISK_LOSS);
    giveUpLost();
  }

  /**
   * What a choice is to copy goes with the only file of it, if a user who is not told removes it.
   */
  private void giveUpCopies() throws RealizeException {
    for (History.Placed copy : history.copies()) {
      if (history.wanted().contains(copy) && !isHeldForSure(copy)) {
        history.giveUp(copy.path(), copy.content(), Excuse.NOT_COPIED);
      }
    }
  }

  private void giveUpLost() throws RealizeException {
    for (History.Placed wanted : List.copyOf(history.wanted())) {
      if (!isHeldForSure(wanted)) {
        history.giveUp(wanted.path(), wanted.content(), Excuse.GONE_WITH_DISK);
      }
    }
  }

  /**
   * True if the bytes are on some disk, or in the cache of a peer whose marks ask for them, and
   * stay there when its power is cut.
   */
  boolean isHeldForSure(History.Placed placed) throws RealizeException {
    for (SimulatedPeer peer : peers) {
      if (peer.disk().holdsForSure(placed.path(), placed.content())
          || writers.holds(peer, placed)
          || isCached(peer, placed.path(), placed.content())) {
        return true;
      }
    }
    Optional<History.Placed> origin = history.origin(placed);
    return origin.isPresent() && canBeCopied(origin.get());
  }

  /**
   * True if a file that is to get a name of its own can be made there: some disk has it at its old
   * name or in its trash, some cache has its bytes, or a peer that makes files has them at any
   * name. What another peer has at another name is not looked for.
   */
  private boolean canBeCopied(History.Placed origin) throws RealizeException {
    Content.File file = (Content.File) origin.content();
    for (SimulatedPeer peer : peers) {
      if (peer.cachedForSure().contains(file.hash())
          || peer.disk().contentAt(origin.path()).equals(file)
          || (peer.markOf(origin.path()) == Mark.OWN && peer.disk().contents().containsValue(file))
          || peer.disk().hasInTrash(file)) {
        return true;
      }
    }
    return false;
  }

  /**
   * True if the peer's cache keeps the bytes of a current file: what is marked so, or owned where a
   * directory takes the file's name, or as far as the peer knows the last copy.
   */
  private static boolean isCached(SimulatedPeer peer, RelativePath path, Content content)
      throws RealizeException {
    return content instanceof Content.File file
        && (peer.keeps(path) || isLastCopy(peer, file.hash()))
        && peer.knowledge(List.of(path)).stream()
            .flatMap(state -> NaiveMaxima.of(state).stream())
            .anyMatch(version -> version.content().equals(file))
        && peer.cachedForSure().contains(file.hash());
  }

  private void copy(SimulatedPeer peer, boolean sameBlocks) throws RealizeException {
    if (peers.size() < MOST_PEERS && peer.startedBefore()) {
      if (sameBlocks) {
        turnOff(peer); // a disk is copied block by block only while its machine is off
      } else {
        copiedRunning.computeIfAbsent(peer, _ -> new ArrayList<>()).add(indexed(peer));
      }
      for (Map.Entry<RelativePath, Content> file : peer.disk().contents().entrySet()) {
        Content content = file.getValue();
        boolean indexed =
            peer.knowledge(List.of(file.getKey())).stream()
                .map(PathState::real)
                .anyMatch(real -> real != null && real.version().content().equals(content));
        if (!indexed) {
          history.mayReturn(file.getKey(), content, Excuse.RETURNS_WITH_COPY);
        }
      }
      for (PathState state : peer.knowledge()) {
        if (!state.realContent().equals(peer.disk().contentAt(state.path()))) {
          history.replacedOnCopy(state.path(), state.realContent());
        }
      }
      SimulatedPeer copy = add(peer.character());
      copy.copy(peer, sameBlocks);
      unwanted.copied(peer, copy);
    }
  }

  /** True if somebody has the content at the path, or has heard of it. */
  private boolean isKnown(RelativePath path, Content content) throws RealizeException {
    for (SimulatedPeer peer : peers) {
      if (peer.disk().contentAt(path).equals(content)
          || writers.holds(peer, new History.Placed(path, content))) {
        return true;
      }
      for (PathState state : peer.knowledge(List.of(path))) {
        if (knows(state, content)) {
          return true;
        }
      }
    }
    return false;
  }

  /** What is, or is known to be, on this disk may come up again, though it was removed. */
  private void mayReturn(SimulatedPeer peer, Excuse why) throws RealizeException {
    peer.disk().contents().forEach((path, content) -> history.mayReturn(path, content, why));
    for (PathState state : peer.knowledge()) {
      if (state.real() != null) {
        history.mayReturn(state.path(), state.real().version().content(), why);
      }
    }
  }

  // ---- what processes do

  private void start(SimulatedPeer peer) throws RealizeException {
    if (peer.character().isMounted() && !peer.running() && !peer.disk().isUnplugged()) {
      peer.disk().force(); // the kernel has written it back meanwhile
    }
    renewing(peer, peer::start);
  }

  /** Does something in which the peer may sign anew what is on its disk. */
  private void renewing(SimulatedPeer peer, Deed deed) throws RealizeException {
    Map<RelativePath, Version> before = indexed(peer);
    try {
      deed.run();
    } finally {
      StoreId store = peer.state().identity().store();
      for (Map.Entry<RelativePath, Version> entry : indexed(peer).entrySet()) {
        RelativePath path = entry.getKey();
        Version old = before.get(path);
        Version made = entry.getValue();
        if (old != null && !old.equals(made)) {
          for (StoreId id : store.all()) {
            if (made.vector().counter(id) > old.vector().counter(id)) {
              history.signatures().add(peer.name(), id, path, old.content(), old.vector(), made);
            }
          }
        }
      }
    }
  }

  /** The number of events before the last scan of the peer that was done. */
  private int scannedTo(SimulatedPeer peer) {
    return scanned.getOrDefault(peer, 0);
  }

  /** Returns the number of paths that a user had changed. */
  private int scan(SimulatedPeer peer) throws RealizeException, InterruptedException {
    if (!peer.character().rooted()) {
      return 0;
    }
    Map<RelativePath, PathState> before = states(peer);
    OpenChanges open = peer.openChanges();
    if (!peer.disk().isUnplugged() && peer.acceptRoot()) {
      history.doubt(peer.name().value(), scannedTo(peer), Excuse.REMOVED_IN_DOUBT);
    }
    try {
      int changes = peer.scan();
      if (peer.isLookedAt()) {
        scanned.put(peer, history.size());
      }
      return changes;
    } finally {
      peer.disk().identity().ifPresent(stamp -> stamps.put(peer, Optional.of(stamp)));
      StoreId store = peer.state().identity().store();
      states(peer)
          .forEach((path, after) -> {
            checkIgnored(peer, open, before.get(path), after);
            checkKnowledge(peer, before.get(path), after);
            if (open.mayMiss(path)) {
              noteMade(peer, before.get(path), after);
            }
            signed(peer, store, before.get(path), after);
            if (after.real() != null) {
              peer.noteOwn(path);
            }
            unwanted.scanned(peer, before.get(path), after);
          });
    }
  }

  /**
   * A name that is ignored is not taken into the index, nor made; one that was in it stays, as does
   * one that an earlier process had begun to make.
   */
  private static void checkIgnored(
      SimulatedPeer peer, OpenChanges open, @Nullable PathState before, PathState after) {
    boolean isNew = after.realStat() != null && (before == null || before.realStat() == null);
    if (isNew && peer.running() && peer.ignores(after.path()) && !open.mayMiss(after.path())) {
      throw new Violation(Violation.Rule.STATE, peer.name() + " indexes what it ignores: " + after);
    }
  }

  /** What was known stays so, or what covers it: a look at the disk is no reason to forget. */
  private void checkKnowledge(SimulatedPeer peer, @Nullable PathState before, PathState after) {
    for (Version version : before == null ? Set.<Version>of() : NaiveMaxima.supporting(before)) {
      checks.make(Violation.Rule.STATE);
      boolean isKnown =
          NaiveMaxima.of(after).stream()
              .anyMatch(known -> NaiveMaxima.covers(known.vector(), version.vector()));
      if (!isKnown) {
        throw new Violation(
            Violation.Rule.STATE,
            "%s forgets %s in a scan: %s".formatted(peer.name(), version, after));
      }
    }
  }

  private static Map<RelativePath, PathState> states(SimulatedPeer peer) throws RealizeException {
    Map<RelativePath, PathState> states = new HashMap<>();
    peer.knowledge().forEach(state -> states.put(state.path(), state));
    return states;
  }

  /** Notes that a scan signed what it found, on all that was known of what was on the disk. */
  private void signed(
      SimulatedPeer peer, StoreId store, @Nullable PathState before, PathState after) {
    RealVersion real = after.real();
    RealVersion last = before == null ? null : before.real();
    if (real == null || (last != null && last.version().equals(real.version()))) {
      return;
    }
    // what is found in the first scan, or the first one after a doubt, replaces nothing
    RealVersion old = real.version().found() ? null : last;
    Optional<Map.Entry<Content, VersionVector>> seen = writers.signed(peer, after.path());
    Content onDisk = old == null ? new Content.Absent() : old.version().content();
    Content replaced = seen.map(Map.Entry::getKey).orElse(onDisk);
    VersionVector base =
        seen.isPresent()
            ? seen.get().getValue()
            : before == null || old == null
                ? VersionVector.EMPTY
                : NaiveMaxima.known(before).stream()
                    .filter(version -> version.content().equals(replaced))
                    .map(Version::vector)
                    .reduce(VersionVector.EMPTY, VersionVector::join);
    VersionVector then = last == null ? VersionVector.EMPTY : last.version().vector();
    // a counter of its own may be that of an earlier change, which a version of a peer had absorbed
    real.version()
        .vector()
        .counters()
        .forEach((id, counter) -> {
          if (counter > then.counter(id)
              && store.all().contains(id)
              && history.signatures().isNew(after.path(), id, counter)) {
            history.signatures().add(peer.name(), id, after.path(), replaced, base, real.version());
          }
        });
  }

  private void noteMade(SimulatedPeer peer, @Nullable PathState before, PathState after) {
    if (after.real() != null && (before == null || !after.real().equals(before.real()))) {
      made.computeIfAbsent(peer, _ -> new HashMap<>()).put(after.path(), history.size());
    }
  }

  private void choose(SimulatedPeer peer, Action action)
      throws RealizeException, InterruptedException {
    try {
      choices.choose(peer, action, this::scan);
    } finally {
      giveUpCopies(); // what was chosen may have been removed on its only disk
    }
  }

  /** Lets a peer do some batches of what its marks ask for; true if it did any. */
  private boolean work(SimulatedPeer peer, int most) throws RealizeException, InterruptedException {
    Map<RelativePath, Content> before = peer.disk().contents();
    Map<RelativePath, PathState> known = states(peer);
    OpenChanges open = peer.openChanges();
    int done = 0;
    try {
      while (done < most && peer.work()) {
        done++;
      }
    } finally {
      if (peer.isMounted()) {
        writers.settled(peer);
      }
      for (Map.Entry<RelativePath, Content> file : before.entrySet()) {
        checkRemoval(peer, file.getKey(), file.getValue());
      }
      states(peer)
          .forEach((path, after) -> {
            checkIgnored(peer, open, known.get(path), after);
            noteMade(peer, known.get(path), after);
          });
    }
    return done > 0;
  }

  private void checkRemoval(SimulatedPeer peer, RelativePath path, Content content)
      throws RealizeException {
    if (!(content instanceof Content.File)
        || peer.disk().contentAt(path).equals(content)
        || (peer.disk().isDirectory(path) && isCached(peer, path, content))
        || (peer.disk().at(path).isEmpty() && isCached(peer, path, content))) {
      return;
    }
    History.Placed before = new History.Placed(path, content);
    Content written = writers.left(peer, path);
    boolean isReplaced = !written.isAbsent() && peer.disk().contentAt(path).equals(written);
    if (isReplaced && (isCached(peer, path, content) || isHeldByOthers(peer, before))) {
      return; // by what a program wrote beside it
    }
    if (isGivenUp(peer, before)) {
      moves.dropped(peer, before);
      return;
    }
    checks.make(Violation.Rule.REMOVAL);
    // what was restored by hand may be removed where only the replacement is known yet
    if (history.wanted().contains(before) && !history.isRestored(before)) {
      throw new Violation(Violation.Rule.REMOVAL, before + " goes from the disk of " + peer.name());
    }
  }

  /** True if the peer knows of another one that has the file. */
  private static boolean isHeldByOthers(SimulatedPeer peer, History.Placed file)
      throws RealizeException {
    return peer.knowledge(List.of(file.path())).stream()
        .flatMap(state -> state.reports().values().stream())
        .flatMap(report -> report.versions().stream())
        .anyMatch(said -> said.held() && said.version().content().equals(file.content()));
  }

  /** True if the peer gave the file up, or is about to note that: it is shown as before. */
  private static boolean isGivenUp(SimulatedPeer peer, History.Placed file)
      throws RealizeException {
    boolean isNoted =
        peer.knowledge(List.of(file.path())).stream()
            .anyMatch(
                state -> state.real() == null && state.shown().content().equals(file.content()));
    return isNoted
        || peer.state()
            .memoryArena(SimulatedPeer.ARENA)
            .read(DropIntents::read)
            .containsKey(file.path());
  }

  /** Both say Hello and judge; a new identity ends everything that the peer had going. */
  private void connect(SimulatedPeer a, SimulatedPeer b) throws RealizeException {
    boolean possible =
        a != b
            && a.running()
            && b.running()
            && (a.character().listens() || b.character().listens())
            && !(a.reaches(b) && b.reaches(a));
    if (!possible) {
      return;
    }
    disconnect(a, b);
    Hello[] said = new Hello[2];
    guarded(() -> said[0] = a.hello(b));
    guarded(() -> said[1] = b.hello(a));
    boolean[] accepted = new boolean[2];
    if (said[0] != null && said[1] != null) {
      guarded(() -> accepted[0] = judged(a, b, said[1]));
      guarded(() -> accepted[1] = judged(b, a, said[0]));
    }
    if (accepted[0] && accepted[1] && a.running() && b.running()) {
      a.connect(b, said[1]);
      b.connect(a, said[0]);
    }
  }

  private boolean judged(SimulatedPeer peer, SimulatedPeer from, Hello hello)
      throws RealizeException {
    StoreId left = peer.state().identity().store();
    return switch (peer.judge(from, hello)) {
      case Verdict.Accept() -> true;
      case Verdict.Refuse _, Verdict.Returned _ -> false;
      case Verdict.Renewed _ -> {
        for (SimulatedPeer other : peers) {
          other.disconnect(peer);
        }
        history.mayReturn(left, Excuse.TOLD_BEFORE_RENEWAL);
        renewing(peer, peer::settle);
        yield false;
      }
    };
  }

  private void disconnect(SimulatedPeer a, SimulatedPeer b) {
    a.disconnect(b);
    b.disconnect(a);
  }

  private Optional<SimulatedLink> link(SimulatedPeer peer, int which) {
    List<SimulatedLink> links =
        peer.links().values().stream().filter(SimulatedLink::connected).toList();
    return links.isEmpty() ? Optional.empty() : Optional.of(links.get(which % links.size()));
  }

  private void pull(SimulatedPeer peer, int which) throws RealizeException, InterruptedException {
    Optional<SimulatedLink> link = link(peer, which);
    if (link.isPresent()) {
      pull(peer, link.get());
    }
  }

  /** Either side may die of it. */
  private int pull(SimulatedPeer peer, SimulatedLink link)
      throws RealizeException, InterruptedException {
    GuardOracle.Sight before = GuardOracle.sight(peer);
    try {
      int entries = link.pull();
      guard.check(peer, before);
      pages += entries > 0 ? 1 : 0;
      return entries;
    } catch (SimulatedCrash _) {
      guard.forget(peer);
      killDead();
      return 0;
    }
  }

  /** An action of a peer's process. */
  private interface Deed {
    void run() throws RealizeException;
  }

  private void guarded(Deed deed) throws RealizeException {
    try {
      deed.run();
    } catch (SimulatedCrash _) {
      killDead();
    }
  }

  // ---- what users and caches do with bytes

  private interface CacheDeed {
    void run() throws RealizeException, InterruptedException;
  }

  /** Does something with a cache, which may fail, and from which no last copy may go. */
  private void caching(SimulatedPeer peer, CacheDeed deed)
      throws RealizeException, InterruptedException {
    Set<ContentHash> gone = peer.cached();
    try {
      deed.run();
    } catch (RealizeException _) {
      // as users are told
    }
    gone.removeAll(peer.cached());
    for (ContentHash hash : gone) {
      checks.make(Violation.Rule.EVICTION);
      if (isLastCopy(peer, hash)) {
        throw new Violation(
            Violation.Rule.EVICTION, "the last copy of " + hash + " goes from " + peer.name());
      }
    }
  }

  /** True if the content is current for the peer, and nobody is said to have it. */
  private static boolean isLastCopy(SimulatedPeer peer, ContentHash hash) throws RealizeException {
    boolean isCurrent = false;
    for (PathState state : peer.knowledge()) {
      boolean isHeld =
          hasHash(state.realContent(), hash)
              || state.reports().values().stream()
                  .flatMap(report -> report.versions().stream())
                  .anyMatch(said -> said.held() && hasHash(said.version().content(), hash));
      if (isHeld) {
        return false;
      }
      isCurrent |= NaiveMaxima.of(state).stream().anyMatch(v -> hasHash(v.content(), hash));
    }
    return isCurrent;
  }

  private static boolean hasHash(Content content, ContentHash hash) {
    return content instanceof Content.File file && file.hash().equals(hash);
  }

  void upkeep(SimulatedPeer peer) throws RealizeException, InterruptedException {
    caching(peer, peer.cache()::upkeep);
  }

  private static void evict(SimulatedPeer peer, int which) throws RealizeException {
    List<ContentHash> cached = List.copyOf(peer.cached());
    if (!cached.isEmpty()) {
      peer.cache().evict(cached.get(which % cached.size()));
    }
  }

  private static void fetch(SimulatedPeer peer, int which)
      throws RealizeException, InterruptedException {
    List<RelativePath> files = new ArrayList<>(peer.cache().listedFiles().keySet());
    files.removeIf(path -> peer.disk().contentAt(path) instanceof Content.File);
    if (!files.isEmpty()) {
      peer.cache().fetch(files.get(which % files.size()));
    }
  }

  /** What a user reads is what is shown, or what is on the disk in its place. */
  private void read(SimulatedPeer peer, int which) throws RealizeException, InterruptedException {
    Map<RelativePath, Attributes> files = peer.cache().listedFiles();
    if (files.isEmpty()) {
      return;
    }
    RelativePath path = List.copyOf(files.keySet()).get(which % files.size());
    Attributes file = Objects.requireNonNull(files.get(path));
    Content shown =
        peer.knowledge(List.of(path)).stream()
            .map(state -> state.shown().content())
            .findFirst()
            .orElseGet(Content.Absent::new);
    byte[] read = peer.cache().read(file);
    checks.make(Violation.Rule.VIEW);
    boolean isRight =
        Stream.of(shown, peer.disk().contentAt(path), writers.left(peer, path))
            .filter(Content.File.class::isInstance)
            .anyMatch(right -> Arrays.equals(read, contents.bytes((Content.File) right)));
    if (!isRight && !writers.mayBeLeft(peer, path, read)) {
      throw new Violation(Violation.Rule.VIEW, peer.name() + " reads wrong bytes at " + path);
    }
  }

  private int confirm(SimulatedPeer peer) throws RealizeException {
    guard.forget(peer);
    return peer.receiver().held().confirm();
  }

  /** What the guard holds has no say any more; what is shown is wanted, whoever removed it. */
  private int reject(SimulatedPeer peer) throws RealizeException {
    guard.forget(peer);
    for (PathState state : peer.knowledge(List.copyOf(peer.held()))) {
      history.mayReturn(state.path(), state.shown().content(), Excuse.KEPT_BY_USER);
    }
    return peer.reject();
  }

  /** Each does once what it has to do, and again after an hour if it stays calm for so long. */
  private void calm(boolean isLong) throws RealizeException, InterruptedException {
    for (SimulatedPeer peer : peers) {
      guarded(() -> start(peer));
    }
    for (SimulatedPeer a : peers) {
      for (SimulatedPeer b : peers) {
        connect(a, b);
      }
    }
    for (SimulatedPeer peer : peers) {
      for (SimulatedLink link : List.copyOf(peer.links().values())) {
        while (link.connected() && pull(peer, link) > 0) {
          // until it has read all
        }
      }
      guarded(() -> workIfRunning(peer));
    }
    if (isLong) {
      time.advance(LATER);
      for (SimulatedPeer peer : peers) {
        guarded(() -> workIfRunning(peer));
      }
    }
  }

  private void workIfRunning(SimulatedPeer peer) throws RealizeException {
    if (peer.running()) {
      try {
        work(peer, MOST_BATCHES);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  // ---- getting well

  /**
   * Everything runs, everybody who can reaches everybody, until nobody has anything to say, also
   * after what failed was tried again, and files were quiet for so long that they can be given up.
   */
  void heal() throws RealizeException, InterruptedException {
    for (SimulatedPeer peer : peers) {
      kill(peer);
      peer.disk().plug();
      peer.disk().makeRoom();
      start(peer);
      scan(peer);
    }
    settle();
    time.advance(LATER);
    settle();
  }

  /** Until nobody has anything to say. */
  private void settle() throws RealizeException, InterruptedException {
    int quiet = 0;
    for (int round = 0; quiet < 2; round++) {
      checks.make(Violation.Rule.SILENCE);
      if (round == MOST_ROUNDS) {
        throw new Violation(
            Violation.Rule.SILENCE, "still news after " + round + " rounds: " + lastNews);
      }
      time.advance(Duration.ofSeconds(1));
      quiet = round() ? 0 : quiet + 1;
    }
  }

  /**
   * A machine is lost with its disk, and all hear of it. Then every cache is to give up all that it
   * has, and keeps what nobody else is known to have now.
   */
  void loseOneAndEvictAll() throws RealizeException, InterruptedException {
    List<SimulatedPeer> rooted = peers.stream().filter(p -> p.character().rooted()).toList();
    if (rooted.isEmpty()) {
      return;
    }
    SimulatedPeer lost = rooted.get(Math.floorMod(script.seed(), rooted.size()));
    wipe(lost, true);
    start(lost);
    settle();
    for (SimulatedPeer peer : peers) {
      for (ContentHash hash : peer.cached()) {
        caching(peer, () -> peer.cache().evict(hash));
      }
    }
  }

  /** Ends all processes: their threads would keep the household in memory. */
  void end() {
    peers.forEach(SimulatedPeer::kill);
  }

  /** True if anybody learned or changed anything. */
  private boolean round() throws RealizeException, InterruptedException {
    String before = lastNews;
    lastNews = "";
    for (SimulatedPeer a : peers) {
      for (SimulatedPeer b : peers) {
        connect(a, b);
      }
    }
    for (SimulatedPeer peer : peers) {
      for (SimulatedLink link : List.copyOf(peer.links().values())) {
        while (link.connected() && pull(peer, link) > 0) {
          lastNews = peer.name() + " hears of " + link.server().name();
        }
      }
      lastNews = scan(peer) > 0 ? peer.name() + " finds a change" : lastNews;
      lastNews = work(peer, MOST_BATCHES) ? peer.name() + " works" : lastNews;
      peer.gate().payDebts();
    }
    for (SimulatedPeer peer : peers) {
      if (lastNews.isEmpty() && !peer.held().isEmpty()) {
        boolean keeps = (script.seed() + peers.indexOf(peer)) % 3 == 0;
        boolean isDecided = (keeps ? reject(peer) : confirm(peer)) > 0;
        lastNews = isDecided ? peer.name() + " decides" : "";
      }
    }
    boolean isNews = !lastNews.isEmpty();
    lastNews = isNews ? lastNews : before;
    return isNews;
  }
}
