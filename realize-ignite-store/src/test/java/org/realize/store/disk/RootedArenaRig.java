package org.realize.store.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.arena.Arena;
import org.realize.sync.branch.Branches;
import org.realize.sync.content.OpenFile;
import org.realize.sync.index.Hashers;
import org.realize.sync.index.HintListener;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.Judgement;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ForwardingArenaStore;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Caller;
import org.realize.sync.view.Created;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.DiskNodes;
import org.realize.sync.view.EditableDisk;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.HouseholdView;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.OpenFlags;
import org.realize.sync.view.PeerWaits;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.RootParts;
import org.realize.sync.view.RootRules;
import org.realize.sync.view.TimeChange;
import org.realize.sync.view.ViewListener;

/**
 * An arena with a root, as programs change it: its disk, its store, and the index between them, on
 * real parts. A peer has what is not here.
 */
@Timeout(60)
abstract class RootedArenaRig {

  static final Caller ROOT = new Caller(0, 0, 0);
  static final OpenFlags READ_WRITE = new OpenFlags(2);
  static final OpenFlags TRUNCATE = new OpenFlags(2 | 01000);
  static final NewMode FILE = new NewMode(0644, 0);
  static final NewMode FOLDER = new NewMode(0755, 0);
  @TempDir Path root;
  final ArenaRig rig = new ArenaRig();
  final ScriptedPeer nas = new ScriptedPeer("nas");
  final DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
  final List<String> told = new ArrayList<>();
  final List<String> hinted = new ArrayList<>();
  HouseholdView view;
  Indexer indexer;
  Downloader downloader;
  HintListener hints;
  Branches branches;
  boolean isBegun = true;
  boolean isDoubtful;
  Real real;

  /** What happens once, right before the next name that Realize gives to a new file. */
  @Nullable Call beforeEffect;

  /** The index as the arena asks and tells it. */
  final class Rules implements RootRules {
    @Override
    public boolean isBegun() {
      return isBegun;
    }

    @Override
    public void begin() {
      hinted.add("begun");
      isBegun = true;
      isDoubtful = false;
    }

    @Override
    public boolean isDoubtful(RelativePath path) {
      return isDoubtful;
    }

    @Override
    public boolean ignores(RelativePath path) {
      return false;
    }

    @Override
    public void opened(RelativePath path) {
      hinted.add("opened " + path);
    }

    @Override
    public void changed(RelativePath path) {
      hinted.add("changed " + path);
      if (isIndexing && !path.isRoot()) {
        index(path);
      }
    }

    @Override
    public void removed(RelativePath path) {
      hinted.add("removed " + path);
    }
  }

  /** The notices, a line for each. */
  final class Told implements ViewListener {
    @Override
    public void entryChanged(Inode directory, String name) {
      told.add("entry " + directory + " " + name);
    }

    @Override
    public void attributesChanged(Inode inode) {
      told.add("attributes " + inode);
    }

    @Override
    public void contentChanged(Inode inode) {
      told.add("content " + inode);
    }
  }

  /** The index looks at once at what it is told of and knows. */
  boolean isIndexing;

  void index(RelativePath path) {
    try {
      if (state(path.toString()).realStat() != null) {
        rig.time.advance(Duration.ofSeconds(10));
        indexer.look(Set.of(path), Set.of());
      }
    } catch (RealizeException | InterruptedException | NoSuchElementException unknown) {
      assertThat(unknown).isInstanceOf(NoSuchElementException.class);
    }
  }

  @BeforeEach
  void attach() throws Exception {
    rig.links.add(nas);
    attach(new LocalDisk(root));
    scan();
  }

  /** Begins a life of the arena; an earlier one is killed. */
  final void attach(LocalDisk disk) throws Exception {
    real = new Real(disturbed(disk), RootCapabilities.FULL, rig.store, rig.time);
    Arena arena = new Arena(new ListedStore(), rig.blobs, Mark.WATCH, rig.time, real);
    DiskNodes nodes = new DiskNodes(rig.store);
    Places places =
        new Places(
            disk,
            rig.store,
            new Ownership(ArenaRig.NAME, rig.global, "here"),
            rig.time,
            new Random(1));
    indexer =
        new Indexer(
            new Indexer.Root(
                real,
                places,
                new NoChangeSource("the test scans"),
                List.of(),
                OwnFiles.NONE,
                nodes),
            rig.store,
            rig.global,
            rig.time,
            Hashers.inline());
    downloader = new Downloader(arena, rig.peers, pool);
    view = new HouseholdView(rig.global, rig.peers, StoreId::toString, rig.time, rig.blobs::usage);
    branches = new Branches(real, rig.store, downloader, rig.time, "boot");
    RootParts parts =
        new RootParts(
            failing(new LocalEditableDisk(disk)), new Rules(), nodes, branches, RootIndex.NONE);
    hints = view.attach(arena, downloader, parts);
    view.addListener(new Told());
  }

  /** What happens once, right after the next listing of a directory of the store. */
  @Nullable Call afterListing;

  /** What happens once, right after the next look at the state of {@code f}. */
  @Nullable Call afterState;

  final class ListedStore extends ForwardingArenaStore {
    ListedStore() {
      super(rig.store);
    }

    @Override
    public <T extends @Nullable Object> T read(Query<T> query) throws RealizeException {
      Set<String> calls = ConcurrentHashMap.newKeySet();
      T result = super.read(reader -> query.run(noting(reader, calls)));
      Call next = afterListing;
      if (calls.contains("list") && next != null) {
        afterListing = null;
        next.run();
      }
      next = afterState;
      if (calls.contains("path f") && next != null) {
        afterState = null;
        next.run();
      }
      return result;
    }

    private ArenaReader noting(ArenaReader reader, Set<String> calls) {
      return (ArenaReader)
          Proxy.newProxyInstance(
              ArenaReader.class.getClassLoader(),
              new Class<?>[] {ArenaReader.class},
              (_, method, arguments) -> {
                try {
                  calls.add(method.getName());
                  if (method.getName().equals("path")) {
                    calls.add("path " + arguments[0]);
                  }
                  return method.invoke(reader, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }

  Disk disturbed(Disk disk) {
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (_, method, arguments) -> {
              Call disturbance = beforeEffect;
              if (method.getName().equals("renameNew") && disturbance != null) {
                beforeEffect = null;
                disturbance.run();
              }
              if (EFFECTS.contains(method.getName()) && --effectsLeft == 0) {
                throw new IOException("no " + method.getName());
              }
              try {
                Object result = method.invoke(disk, arguments);
                Call next = afterRename;
                if (method.getName().equals("renameNew") && next != null) {
                  afterRename = null;
                  next.run();
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  EditableDisk failing(EditableDisk disk) {
    return (EditableDisk)
        Proxy.newProxyInstance(
            EditableDisk.class.getClassLoader(),
            new Class<?>[] {EditableDisk.class},
            (_, method, arguments) -> {
              directoriesRead += method.getName().equals("names") ? 1 : 0;
              if (method.getName().equals(failingCall)) {
                throw new CallFailed("no " + failingCall, Errno.EIO);
              }
              try {
                return method.invoke(disk, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  int directoriesRead;

  /** The call of programs that fails before it has an effect on the root; empty for none. */
  String failingCall = "";

  static final Set<String> EFFECTS =
      Set.of(
          "renameNew", "rename", "delete", "deleteDirectory", "createDirectory", "forceDirectory");

  /** A call of a program right after the next rename of Realize's own to a free name. */
  @Nullable Call afterRename;

  /** The one of the effects of Realize's own on the root that fails; 0 for none. */
  int effectsLeft;

  @AfterEach
  void close() {
    downloader.close();
  }

  /** Looks at all names, as the watcher does once they are quiet. */
  void scan() throws Exception {
    rig.time.advance(Duration.ofSeconds(10));
    indexer.scan();
  }

  EntryName at(String path) throws RealizeException {
    RelativePath whole = RelativePath.of(path);
    Inode directory = find(whole.parent().orElse(RelativePath.ROOT).toString()).inode();
    return new EntryName(directory, whole.name());
  }

  Attributes find(String path) throws RealizeException {
    Attributes found = view.lookup(Inode.ROOT, ArenaRig.NAME.toString());
    for (String part : RelativePath.of(path).parts()) {
      found = view.lookup(found.inode(), part);
    }
    return found;
  }

  Inode inode(String path) throws RealizeException {
    return find(path).inode();
  }

  void assertAbsent(String path) {
    assertThatThrownBy(() -> find(path)).isInstanceOf(NotFound.class);
  }

  static void assertErrno(ThrowingCallable call, int errno) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            CallFailed.class, failed -> assertThat(failed.errno()).isEqualTo(errno));
  }

  Inode create(String path, String text) throws RealizeException {
    Created made = view.create(at(path), FILE, READ_WRITE, ROOT);
    try (OpenFile file = made.file()) {
      write(file, 0, text);
    }
    return made.attributes().inode();
  }

  static void write(OpenFile file, long offset, String text) throws RealizeException {
    assertThat(file.write(offset, ByteBuffer.wrap(text.getBytes(UTF_8)), false))
        .isEqualTo(text.length());
  }

  String read(String path) throws Exception {
    try (OpenFile file = view.open(inode(path))) {
      return read(file);
    }
  }

  static String read(OpenFile file) throws RealizeException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
    int length = file.read(0, buffer);
    return new String(Arrays.copyOf(buffer.array(), length), UTF_8);
  }

  void remote(String path, String text) throws Exception {
    rig.show(path, nas.serve(text.getBytes(UTF_8)), nas);
  }

  PathState state(String path) throws RealizeException {
    return rig.store
        .<java.util.Optional<PathState>>read(reader -> reader.path(RelativePath.of(path)))
        .orElseThrow();
  }

  List<Content> alternatives(String path) throws RealizeException {
    return Judgement.alternatives(state(path)).stream().map(Version::content).toList();
  }

  /** The inode that the store alone shows at a path; null for none. */
  @Nullable Inode stored(String path) throws RealizeException {
    return rig.store.read(reader -> {
      Node node = reader.node(reader.root()).orElseThrow();
      for (String part : RelativePath.of(path).parts()) {
        node = node == null ? null : reader.child(node.inode(), part).orElse(null);
      }
      return node == null ? null : node.inode();
    });
  }

  Set<String> names(String path, int page) throws RealizeException {
    return new TreeSet<>(list(inode(path), page));
  }

  List<String> list(Inode directory, int page) throws RealizeException {
    List<String> names = new ArrayList<>();
    long cursor = 0;
    while (true) {
      List<DirectoryEntry> entries = view.list(directory, cursor, page);
      if (entries.isEmpty()) {
        return names;
      }
      entries.forEach(entry -> names.add(entry.name()));
      cursor = entries.getLast().cursor();
    }
  }

  /** Steps the branches until there are none, or they wait for something. */
  void complete() throws Exception {
    for (int i = 0; i < 1_000 && branches.step().isZero(); i++) {
      rig.time.advance(Duration.ofMillis(1));
    }
  }

  static String text(int bytes) {
    return "0123456789abcdef".repeat(bytes / 16);
  }

  /** Brings what a path shows to the disk, as a job does. */
  void makeReal(String path, String text) throws Exception {
    real.apply().applyAll(List.of(file(path, text)));
    assertThat(root.resolve(path)).hasContent(text);
    assertThat(state(path).isReal(state(path).shown().content())).isTrue();
  }

  interface Call {
    @Nullable Object run() throws RealizeException;
  }

  static void inRefusal(Call call) throws RealizeException {
    RealizeException[] failed = new RealizeException[1];
    int ignored =
        PeerWaits.refuse(() -> {
          try {
            Object done = call.run();
            return Objects.hashCode(done);
          } catch (RealizeException e) {
            failed[0] = e;
            return 0;
          }
        });
    if (failed[0] != null) {
      throw failed[0];
    }
  }

  /** The texts of the files in the trash. */
  List<String> trashed() throws Exception {
    try (var all = Files.walk(root.resolve(".realize/trash"))) {
      List<String> texts = new ArrayList<>();
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String text = Files.readString(file);
        if (Set.of("the only bytes", "new", "old").contains(text)) {
          texts.add(text);
        }
      }
      return texts;
    }
  }

  @Nullable Object rename(String from, String to) throws RealizeException {
    view.rename(at(from), at(to), RenameKind.REPLACE, ROOT);
    return null;
  }

  interface Calls {
    @Nullable Object run() throws Exception;
  }

  /** Makes calls that wait for the index while time goes on. */
  void ticking(Calls calls) throws Exception {
    AtomicBoolean isOver = new AtomicBoolean();
    Thread clock = Thread.ofVirtual().start(() -> tick(isOver));
    try {
      Object ignored = calls.run();
    } finally {
      isOver.set(true);
      clock.join();
    }
  }

  void tick(AtomicBoolean isOver) {
    while (!isOver.get()) {
      rig.time.advance(Duration.ofMillis(50));
      LockSupport.parkNanos(1_000_000);
    }
  }

  void makeReal(String path) throws RealizeException {
    view.change(
        inode(path),
        null,
        new AttributeChange(
            null, new FileOwner(0, 0), null, TimeChange.STAYS, TimeChange.STAYS, false),
        ROOT);
  }

  void mark(String path, Mark mark) throws RealizeException {
    rig.store.write(writer -> {
      writer.putMark(RelativePath.of(path), mark);
    });
  }

  RealChange file(String path, String text) throws RealizeException {
    return new RealChange.Create(
        RelativePath.of(path),
        state(path).shown(),
        new RealChange.Attributes(0644, FileTime.EPOCH),
        made -> made.write(ByteBuffer.wrap(text.getBytes(UTF_8)), 0));
  }

  @Nullable Object remove(String directory) throws RealizeException {
    view.removeDirectory(at(directory), ROOT);
    return null;
  }

  /** Has the index look at some of the names that the mount told it of. */
  void look(int kept) throws Exception {
    Set<RelativePath> paths = new TreeSet<>();
    for (int i = 0; i < hinted.size(); i++) {
      if (i % 3 != kept) {
        paths.add(RelativePath.of(hinted.get(i).split(" ", 2)[1]));
      }
    }
    hinted.clear();
    rig.time.advance(Duration.ofSeconds(10));
    indexer.look(paths);
  }

  /** All paths, of the listings; each is looked up, and its inode asked for, and compared. */
  List<String> walk(String path, List<String> found, String history) throws Exception {
    found.add(path);
    Attributes shown = find(path);
    Attributes again;
    try {
      again = view.attributes(shown.inode());
    } catch (RealizeException e) {
      throw new AssertionError(path + " after " + history, e);
    }
    assertThat(again).as(path + " after " + history).isEqualTo(shown);
    if (Files.isDirectory(root.resolve(path))) {
      for (String name : list(shown.inode(), 100)) {
        walk(path.isEmpty() ? name : path + "/" + name, found, history);
      }
    }
    return found;
  }
}
