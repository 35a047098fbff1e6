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
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.arena.Arena;
import org.realize.sync.branch.Branch;
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
import org.realize.sync.model.RealizeException.WouldWait;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ForwardingArenaStore;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Caller;
import org.realize.sync.view.Created;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.DiskNodes;
import org.realize.sync.view.EditableDisk;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileKind;
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

/** An arena with a root, changed by programs: its disk, its store, and the index between them. */
@Timeout(60)
class RootedArenaTest {

  private static final Caller ROOT = new Caller(0, 0, 0);
  private static final OpenFlags READ_WRITE = new OpenFlags(2);
  private static final OpenFlags TRUNCATE = new OpenFlags(2 | 01000);
  private static final NewMode FILE = new NewMode(0644, 0);
  private static final NewMode FOLDER = new NewMode(0755, 0);

  @TempDir private Path root;

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
  private final List<String> told = new ArrayList<>();
  private final List<String> hinted = new ArrayList<>();
  private HouseholdView view;
  private Indexer indexer;
  private Downloader downloader;
  private HintListener hints;
  private Branches branches;
  private boolean isBegun = true;
  private boolean isDoubtful;
  private Real real;

  /** What happens once, right before the next name that Realize gives to a new file. */
  private @Nullable Call beforeEffect;

  /** The index as the arena asks and tells it. */
  private final class Rules implements RootRules {
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
  private final class Told implements ViewListener {
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
  private boolean isIndexing;

  private void index(RelativePath path) {
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
  private void attach(LocalDisk disk) throws Exception {
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
  private @Nullable Call afterListing;

  /** What happens once, right after the next look at the state of {@code f}. */
  private @Nullable Call afterState;

  private final class ListedStore extends ForwardingArenaStore {
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

  private Disk disturbed(Disk disk) {
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

  private EditableDisk failing(EditableDisk disk) {
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

  private int directoriesRead;

  /** The call of programs that fails before it has an effect on the root; empty for none. */
  private String failingCall = "";

  private static final Set<String> EFFECTS =
      Set.of(
          "renameNew", "rename", "delete", "deleteDirectory", "createDirectory", "forceDirectory");

  /** A call of a program right after the next rename of Realize's own to a free name. */
  private @Nullable Call afterRename;

  /** The one of the effects of Realize's own on the root that fails; 0 for none. */
  private int effectsLeft;

  @AfterEach
  void close() {
    downloader.close();
  }

  /** Looks at all names, as the watcher does once they are quiet. */
  private void scan() throws Exception {
    rig.time.advance(Duration.ofSeconds(10));
    indexer.scan();
  }

  private EntryName at(String path) throws RealizeException {
    RelativePath whole = RelativePath.of(path);
    Inode directory = find(whole.parent().orElse(RelativePath.ROOT).toString()).inode();
    return new EntryName(directory, whole.name());
  }

  private Attributes find(String path) throws RealizeException {
    Attributes found = view.lookup(Inode.ROOT, ArenaRig.NAME.toString());
    for (String part : RelativePath.of(path).parts()) {
      found = view.lookup(found.inode(), part);
    }
    return found;
  }

  private Inode inode(String path) throws RealizeException {
    return find(path).inode();
  }

  private void assertAbsent(String path) {
    assertThatThrownBy(() -> find(path)).isInstanceOf(NotFound.class);
  }

  private static void assertErrno(ThrowingCallable call, int errno) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            CallFailed.class, failed -> assertThat(failed.errno()).isEqualTo(errno));
  }

  private Inode create(String path, String text) throws RealizeException {
    Created made = view.create(at(path), FILE, READ_WRITE, ROOT);
    try (OpenFile file = made.file()) {
      write(file, 0, text);
    }
    return made.attributes().inode();
  }

  private static void write(OpenFile file, long offset, String text) throws RealizeException {
    assertThat(file.write(offset, ByteBuffer.wrap(text.getBytes(UTF_8)), false))
        .isEqualTo(text.length());
  }

  private String read(String path) throws Exception {
    try (OpenFile file = view.open(inode(path))) {
      return read(file);
    }
  }

  private static String read(OpenFile file) throws RealizeException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
    int length = file.read(0, buffer);
    return new String(Arrays.copyOf(buffer.array(), length), UTF_8);
  }

  private void remote(String path, String text) throws Exception {
    rig.show(path, nas.serve(text.getBytes(UTF_8)), nas);
  }

  private PathState state(String path) throws RealizeException {
    return rig.store
        .<java.util.Optional<PathState>>read(reader -> reader.path(RelativePath.of(path)))
        .orElseThrow();
  }

  private List<Content> alternatives(String path) throws RealizeException {
    return Judgement.alternatives(state(path)).stream().map(Version::content).toList();
  }

  /** The inode that the store alone shows at a path; null for none. */
  private @Nullable Inode stored(String path) throws RealizeException {
    return rig.store.read(reader -> {
      Node node = reader.node(reader.root()).orElseThrow();
      for (String part : RelativePath.of(path).parts()) {
        node = node == null ? null : reader.child(node.inode(), part).orElse(null);
      }
      return node == null ? null : node.inode();
    });
  }

  private Set<String> names(String path, int page) throws RealizeException {
    return new TreeSet<>(list(inode(path), page));
  }

  private List<String> list(Inode directory, int page) throws RealizeException {
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

  // ---- node ids

  @Test
  void removedDirectory_whileItsNamesAreIndexedAsRemoved_isNotShown() throws Exception {
    Files.createDirectory(root.resolve("d"));
    Files.writeString(root.resolve("d/f"), "x");
    scan();
    Files.delete(root.resolve("d/f"));
    Files.delete(root.resolve("d"));
    indexRemoval("d");
    afterListing = () -> indexRemoval("d/f");
    assertAbsent("d");
    assertThat(afterListing).isNull();
  }

  private @Nullable Object indexRemoval(String path) throws RealizeException {
    long counter = rig.global.nextCounter(rig.time.unixMillis());
    rig.store.write(writer -> {
      PathState before = writer.path(RelativePath.of(path)).orElseThrow();
      writer.put(
          LocalRules.removed(
              before,
              new LocalRules.Author(rig.global.identity().store(), counter, writer.nextSeq())));
    });
    return null;
  }

  @Test
  void newFile_indexed_keepsItsInode_alsoWhenItIsEditedInPlace() throws Exception {
    Inode made = create("f", "first");
    assertThat(inode("f")).isEqualTo(made);
    assertThat(stored("f")).isNull();
    scan();
    assertThat(stored("f")).isEqualTo(made);
    assertThat(inode("f")).isEqualTo(made);
    try (OpenFile file = view.open(made, READ_WRITE, ROOT)) {
      write(file, 0, "again");
      assertThat(find("f").inode()).isEqualTo(made);
    }
    scan();
    assertThat(inode("f")).isEqualTo(made);
    assertThat(stored("f")).isEqualTo(made);
    Files.writeString(root.resolve("f"), "by another program");
    assertThat(find("f").sizeBytes()).isEqualTo(18);
    assertThat(inode("f")).isEqualTo(made);
    scan();
    assertThat(stored("f")).isEqualTo(made);
    assertThat(read("f")).isEqualTo("by another program");
  }

  @Test
  void atomicSave_givesTheNameTheInodeOfTheNewFile() throws Exception {
    Inode old = create("f", "old");
    scan();
    try (OpenFile reader = view.open(old)) {
      Inode made = create("f.tmp", "new");
      view.rename(at("f.tmp"), at("f"), RenameKind.REPLACE, ROOT);
      assertThat(inode("f")).isEqualTo(made).isNotEqualTo(old);
      assertAbsent("f.tmp");
      assertThat(read(reader)).isEqualTo("old");
      assertThat(view.attributes(old).links()).isZero();
      scan();
      assertThat(stored("f")).isEqualTo(made);
      assertThat(inode("f")).isEqualTo(made);
      assertThat(view.attributes(old).sizeBytes()).isEqualTo(3);
    }
    assertErrno(() -> view.attributes(old), Errno.ESTALE);
  }

  @Test
  void renamedDirectory_keepsAllInodesBelow_beforeAndAfterTheIndexHasSeenIt() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    view.makeDirectory(at("d/sub"), FOLDER, ROOT);
    Inode deep = create("d/sub/deep", "x");
    Inode file = create("d/f", "y");
    scan();
    Inode d = inode("d");
    Inode sub = inode("d/sub");
    view.rename(at("d"), at("e"), RenameKind.REPLACE, ROOT);
    assertAbsent("d");
    assertThat(view.attributes(deep).sizeBytes()).isEqualTo(1);
    for (int look = 0; look < 2; look++) {
      assertThat(inode("e")).isEqualTo(d);
      assertThat(view.attributes(sub).inode()).isEqualTo(sub);
      assertThat(inode("e/sub")).isEqualTo(sub);
      assertThat(inode("e/sub/deep")).isEqualTo(deep);
      assertThat(inode("e/f")).isEqualTo(file);
      assertThat(view.attributes(file).sizeBytes()).isEqualTo(1);
      assertThat(view.parent(sub)).isEqualTo(d);
      assertThat(names("e", 1)).containsExactly("f", "sub");
      scan();
    }
    view.makeDirectory(at("d"), FOLDER, ROOT);
    assertThat(inode("d")).isNotEqualTo(d);
    scan();
    assertThat(inode("d")).isNotEqualTo(d);
    assertThat(inode("e")).isEqualTo(d);
  }

  @Test
  void hardLinks_haveOneInode_untilTheLastNameIsGone() throws Exception {
    Inode file = create("a", "x");
    scan();
    assertThat(view.link(file, at("b"), ROOT).links()).isEqualTo(2);
    assertThat(inode("b")).isEqualTo(file);
    assertThat(inode("a")).isEqualTo(file);
    scan();
    assertThat(inode("b")).isEqualTo(inode("a")).isEqualTo(file);
    view.remove(at("a"), ROOT);
    assertThat(view.attributes(file).links()).isEqualTo(1);
    assertThat(inode("b")).isEqualTo(file);
    view.rename(at("b"), at("c"), RenameKind.NEW, ROOT);
    assertThat(inode("c")).isEqualTo(file);
  }

  @Test
  void openFile_withoutAName_isChangedAndLinkedByItsInode() throws Exception {
    Created made = view.createNameless(inode(""), FILE, READ_WRITE, ROOT);
    Inode file = made.attributes().inode();
    try (OpenFile open = made.file()) {
      write(open, 0, "kept");
      assertThat(view.attributes(file).links()).isZero();
      assertThat(view.link(file, at("named"), ROOT).links()).isEqualTo(1);
    }
    assertThat(inode("named")).isEqualTo(file);
    assertThat(read("named")).isEqualTo("kept");
  }

  // ---- the union

  @Test
  void list_whileNamesAreIndexedAndMade_hasEachThatStaysOnce() throws Exception {
    Set<String> stay = new TreeSet<>();
    for (int i = 0; i < 60; i++) {
      remote("d/remote" + i, "r" + i);
      stay.add("remote" + i);
    }
    Files.createDirectories(root.resolve("d"));
    for (int i = 0; i < 60; i++) {
      Files.writeString(root.resolve("d/local" + i), "l");
      stay.add("local" + i);
    }
    Inode d = inode("d");
    for (int page : new int[] {1, 7, 1000}) {
      assertThat(list(d, page)).containsExactlyInAnyOrderElementsOf(stay);
    }
    List<String> listed = new ArrayList<>();
    long cursor = 0;
    for (int step = 0; ; step++) {
      List<DirectoryEntry> entries = view.list(d, cursor, 9);
      if (entries.isEmpty()) {
        break;
      }
      entries.forEach(entry -> listed.add(entry.name()));
      cursor = entries.getLast().cursor();
      Files.writeString(root.resolve("d/new" + step), "");
      if (step == 3) {
        scan();
      }
    }
    listed.removeIf(name -> name.startsWith("new"));
    assertThat(listed).containsExactlyInAnyOrderElementsOf(stay);
    assertThat(view.list(d, 0, 1000))
        .allSatisfy(entry -> {
          assertThat(entry.attributes()).isEqualTo(view.lookup(d, entry.name()));
        });
  }

  @Test
  void list_inPages_readsTheDirectoryOnce_alsoAfterAnotherListingOfIt() throws Exception {
    Set<String> names = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      String name = "näme " + i;
      Files.createFile(root.resolve(name));
      names.add(name);
    }
    Inode directory = inode("");
    for (int page : new int[] {1, 7, 200}) {
      directoriesRead = 0;
      assertThat(names("", page)).isEqualTo(names);
      assertThat(directoriesRead).isOne();
    }
    DirectoryEntry first = view.list(directory, 0, 1).getFirst();
    assertThat(names("", 10)).isEqualTo(names);
    assertThat(view.list(directory, first.cursor(), 200)).as("forgotten, read again").hasSize(99);
  }

  @Test
  void localFile_isShownAtOnce_asItIs_andOwnFilesAreNot() throws Exception {
    Files.writeString(root.resolve("f"), "x");
    Files.createSymbolicLink(root.resolve("l"), Path.of("f"));
    assertThat(find("f").sizeBytes()).isEqualTo(1);
    assertThat(view.readLink(inode("l"))).isEqualTo("f");
    assertThat(names("", 10)).containsExactly("f", "l");
    assertThatThrownBy(() -> find(".realize"))
        .isInstanceOfSatisfying(
            CallFailed.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    assertErrno(() -> view.makeDirectory(at(".realize"), FOLDER, ROOT), Errno.EPERM);
    Files.delete(root.resolve("f"));
    assertAbsent("f");
    scan();
    Files.delete(root.resolve("l"));
    assertAbsent("l");
    assertThat(names("", 10)).isEmpty();
  }

  @Test
  void placeInDoubt_showsTheStore_andIsNotChanged() throws Exception {
    create("f", "x");
    scan();
    remote("r", "y");
    isDoubtful = true;
    assertThat(names("", 10)).containsExactly("f", "r");
    assertErrno(() -> view.create(at("g"), FILE, READ_WRITE, ROOT), Errno.EROFS);
    assertErrno(() -> view.remove(at("r"), ROOT), Errno.EROFS);
    assertErrno(() -> view.open(inode("r"), READ_WRITE, ROOT), Errno.EROFS);
  }

  // ---- what is only in the store

  @Test
  void remove_ofWhatIsNotHere_isAVersion() throws Exception {
    remote("d/f", "x");
    Version before = state("d/f").shown();
    view.remove(at("d/f"), ROOT);
    assertAbsent("d/f");
    assertThat(state("d/f").shown().isTombstone()).isTrue();
    assertThat(state("d/f").shown().vector().compare(before.vector())).isEqualTo(Order.AFTER);
    assertThat(state("d/f").announcedSeq()).isPositive();
    assertThat(Files.exists(root.resolve("d"))).isFalse();
  }

  @Test
  void rename_ofAFileThatIsNotHere_movesNoByteAndKeepsTheInode() throws Exception {
    remote("f", "remote bytes");
    Inode file = inode("f");
    view.rename(at("f"), at("g"), RenameKind.REPLACE, ROOT);
    assertAbsent("f");
    assertThat(inode("g")).isEqualTo(file);
    assertThat(Files.exists(root.resolve("g"))).isFalse();
    assertThat(state("g").shown().content()).isInstanceOf(Content.File.class);
    assertThat(state("g").shown().from()).isEqualTo(RelativePath.of("f"));
  }

  @Test
  void attributes_ofWhatIsNotHere_areCommitted() throws Exception {
    remote("f", "x");
    FileTime time = new FileTime(1_000, 5);
    AttributeChange change =
        new AttributeChange(
            0600, FileOwner.NOT_GIVEN, null, TimeChange.STAYS, new TimeChange.To(time), false);
    Attributes after = view.change(inode("f"), null, change, ROOT);
    assertThat(after.mode()).isEqualTo(0600);
    assertThat(after.times().modified()).isEqualTo(time);
    assertThat(Files.exists(root.resolve("f"))).isFalse();
  }

  /** Steps the branches until there are none, or they wait for something. */
  private void complete() throws Exception {
    for (int i = 0; i < 1_000 && branches.step().isZero(); i++) {
      rig.time.advance(Duration.ofMillis(1));
    }
  }

  private static String text(int bytes) {
    return "0123456789abcdef".repeat(bytes / 16);
  }

  @Test
  void setAttribute_mark_isOfThePathWhereverItsBytesAre_andNotOfTheFile() throws Exception {
    remote("d/far", "x");
    Inode near = create("near", "y");
    byte[] keep = "keep".getBytes(UTF_8);
    for (String path : List.of("d", "d/far", "near")) {
      view.setAttribute(inode(path), "user.realize.mark", keep, AttributeSetting.ALWAYS, ROOT);
      assertThat(view.attribute(inode(path), "user.realize.mark")).contains(keep);
      assertThat(rig.store.<Map<RelativePath, Mark>>read(reader -> reader.marks()))
          .containsEntry(RelativePath.of(path), Mark.KEEP);
    }
    assertThat(Files.exists(root.resolve("d"))).as("nothing is brought here for it").isFalse();
    assertThat(view.attributeNames(near)).isEmpty();
    view.removeAttribute(near, "user.realize.mark", ROOT);
    assertThat(view.attribute(near, "user.realize.mark"))
        .contains("watch (inherited)".getBytes(UTF_8));
  }

  @Test
  void write_intoAFileThatIsNotHere_asksNoPeer_andIsWholeLater_byTheSameInode() throws Exception {
    remote("d/f", text(400_000));
    Inode file = inode("d/f");
    Version before = state("d/f").shown();
    try (OpenFile reader = view.open(file)) {
      OpenFile open = view.open(file, READ_WRITE, ROOT);
      write(open, 200_000, "written");
      assertThat(nas.blocksSent()).isZero();
      assertThat(Files.exists(root.resolve("d/f"))).isFalse();
      assertThat(find("d/f").inode()).isEqualTo(file);
      assertThat(find("d/f").sizeBytes()).isEqualTo(400_000);
      String expected = text(200_000) + "written" + text(400_000).substring(200_007);
      assertThat(read(reader)).isEqualTo(expected);
      assertThat(read(open)).isEqualTo(expected);
      assertThat(names("d", 10)).containsExactly("f");
      open.close();
      complete();
      assertThat(root.resolve("d/f")).hasContent(expected);
      assertThat(inode("d/f")).isEqualTo(file);
      assertThat(read(reader)).isEqualTo(expected);
      scan();
      assertThat(inode("d/f")).isEqualTo(file);
      assertThat(stored("d/f")).isEqualTo(file);
      assertThat(state("d/f").shown().vector().compare(before.vector())).isEqualTo(Order.AFTER);
      assertThat(Judgement.isConflict(state("d/f"))).isFalse();
      assertThat(hinted).contains("changed d/f");
      assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
    }
  }

  @Test
  void write_intoAHugeFileThatIsNotHere_takesRoomForWhatIsWritten() throws Exception {
    long size = 10L << 30;
    rig.show("f", new Content.File(PathStates.hash(1), size), nas);
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, size / 2, "here");
      assertThat(find("f").sizeBytes()).isEqualTo(size);
      assertThat(find("f").blocks()).isLessThan(100);
      assertThat(nas.blocksAsked()).isZero();
    }
  }

  @Test
  void branch_openForWriting_takesItsName_andGoesOnBeingWritten() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      write(open, 0, "one");
      rig.time.advance(Duration.ofSeconds(6));
      complete();
      assertThat(root.resolve("f")).hasContent("one" + text(160).substring(3));
      write(open, 3, "two");
      assertThat(open.write(0, ByteBuffer.wrap(new byte[] {'!'}), true)).isOne();
      assertThat(root.resolve("f")).hasContent("onetwo" + text(160).substring(6) + "!");
      assertThat(read("f")).startsWith("onetwo");
      assertThat(inode("f")).isEqualTo(file);
      assertThat(hinted).contains("opened f").doesNotContain("changed f");
    }
    assertThat(hinted).endsWith("changed f");
    scan();
    assertThat(inode("f")).isEqualTo(file);
  }

  @Test
  void branch_whosePeerIsAway_isReadWhereItWasWritten_andCompletedWhenItIsBack() throws Exception {
    remote("f", text(400_000));
    rig.links.clear();
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, 7, "mine");
      ByteBuffer part = ByteBuffer.allocate(4);
      assertThat(open.readNow(7, part)).isEqualTo(4);
      assertThat(new String(part.array(), UTF_8)).isEqualTo("mine");
      assertThat(open.readNow(6, ByteBuffer.allocate(4))).isEqualTo(OpenFile.WOULD_WAIT);
      assertThatThrownBy(() -> open.read(6, ByteBuffer.allocate(4)))
          .isInstanceOf(RealizeException.Unreachable.class);
    }
    complete();
    assertThat(Files.exists(root.resolve("f"))).isFalse();
    assertThat(find("f").sizeBytes()).isEqualTo(400_000);
    rig.links.add(nas);
    rig.time.advance(Duration.ofMinutes(1));
    complete();
    assertThat(root.resolve("f"))
        .hasContent(text(400_000).substring(0, 7) + "mine" + text(400_000).substring(11));
    assertThat(rig.findings()).isEmpty();
  }

  @Test
  void truncated_aFileThatIsNotHere_hasZerosWhereItIsExtendedAgain() throws Exception {
    remote("f", text(400_000));
    Inode file = inode("f");
    assertThat(view.change(file, null, sized(5L), ROOT).sizeBytes()).isEqualTo(5);
    assertThat(view.change(file, null, sized(8L), ROOT).sizeBytes()).isEqualTo(8);
    assertThat(read("f")).isEqualTo("01234\0\0\0");
    view.change(file, null, sized(0L), ROOT);
    rig.links.clear();
    complete();
    assertThat(root.resolve("f")).isEmptyFile();
    assertThat(inode("f")).isEqualTo(file);
  }

  private static AttributeChange sized(long bytes) {
    return new AttributeChange(
        null, FileOwner.NOT_GIVEN, bytes, TimeChange.STAYS, TimeChange.STAYS, false);
  }

  @Test
  void attributes_ofABranch_areThoseOfTheFileThatItBecomes() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      write(open, 0, "x");
      AttributeChange change =
          new AttributeChange(
              0640,
              FileOwner.NOT_GIVEN,
              null,
              TimeChange.STAYS,
              new TimeChange.To(new FileTime(1_000, 5)),
              false);
      assertThat(view.change(file, open, change, ROOT).mode()).isEqualTo(0640);
    }
    complete();
    assertThat(find("f").mode()).isEqualTo(0640);
    assertThat(find("f").times().modified()).isEqualTo(new FileTime(1_000, 5));
    assertThat(root.resolve("f")).hasContent("x" + text(160).substring(1));
  }

  @Test
  void branch_removedOrReplaced_goesToTheTrashAtItsLastClose() throws Exception {
    remote("f", text(160));
    remote("g", text(160));
    try (OpenFile removed = view.open(inode("f"), READ_WRITE, ROOT);
        OpenFile replaced = view.open(inode("g"), READ_WRITE, ROOT)) {
      write(removed, 0, "removed");
      write(replaced, 0, "replaced");
      view.remove(at("f"), ROOT);
      create("new", "new");
      view.rename(at("new"), at("g"), RenameKind.REPLACE, ROOT);
      assertAbsent("f");
      assertThat(read("g")).isEqualTo("new");
      assertThat(read(removed)).isEqualTo("removed" + text(160).substring(7));
      assertThat(read(replaced)).isEqualTo("replaced" + text(160).substring(8));
      complete();
    }
    complete();
    scan();
    assertAbsent("f");
    assertThat(root.resolve("g")).hasContent("new");
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
    try (var trashed = Files.walk(root.resolve(".realize/trash"))) {
      assertThat(trashed.filter(Files::isRegularFile).map(path -> path.getFileName().toString()))
          .contains("f", "g");
    }
    assertThat(Judgement.isConflict(state("g"))).isFalse();
  }

  @Test
  void branch_renamedOrLinked_isCompletedFirst() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      write(open, 0, "x");
      assertThatThrownBy(() ->
              inRefusal(() -> {
                view.rename(at("f"), at("g"), RenameKind.REPLACE, ROOT);
                return file;
              }))
          .isInstanceOf(WouldWait.class);
      view.rename(at("f"), at("g"), RenameKind.REPLACE, ROOT);
      assertThat(inode("g")).isEqualTo(file);
      write(open, 1, "y");
    }
    assertThat(root.resolve("g")).hasContent("xy" + text(160).substring(2));
    assertAbsent("f");
  }

  @Test
  void branch_whosePathGotAnotherVersion_isAConflict_inWhichBothAreKept() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    Content.File theirs = nas.serve("theirs".getBytes(UTF_8));
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      write(open, 0, "mine");
      assertThat(read(open)).startsWith("mine");
      rig.replace("f", theirs, nas);
      assertThat(find("f").inode()).isEqualTo(file);
      assertThat(find("f").sizeBytes()).isEqualTo(160);
    }
    complete();
    assertThat(root.resolve("f")).hasContent("mine" + text(160).substring(4));
    scan();
    assertThat(Judgement.isConflict(state("f"))).isTrue();
    assertThat(read("f")).startsWith("mine");
  }

  @Test
  void branch_whoseBaseNobodyHas_isListed_andKept_andItsOtherBytesAreErrors() throws Exception {
    remote("f", text(400_000));
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, 300_000, "mine");
      rig.links.clear();
      assertThatThrownBy(() -> open.read(0, ByteBuffer.allocate(4)))
          .as("a peer that has it may come back")
          .isInstanceOf(RealizeException.Unreachable.class);
      rig.replace("f", nas.serve("theirs".getBytes(UTF_8)), nas);
      assertErrno(() -> open.read(0, ByteBuffer.allocate(4)), Errno.EIO);
      ByteBuffer part = ByteBuffer.allocate(4);
      assertThat(open.read(300_000, part)).isEqualTo(4);
      assertThat(new String(part.array(), UTF_8)).isEqualTo("mine");
    }
    complete();
    rig.time.advance(Duration.ofMinutes(1));
    complete();
    assertThat(rig.findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.subject()).isEqualTo("f");
          assertThat(finding.cause()).contains("incomplete", "nobody has the rest");
        });
    assertThat(find("f").sizeBytes()).isEqualTo(400_000);
    assertThat(root.resolve(".realize/branch")).isNotEmptyDirectory();
  }

  @Test
  void firstWrite_afterAPeerChangedTheFile_isAConflict_andAfterARemoval_goesToTheTrash()
      throws Exception {
    remote("f", text(160));
    remote("g", text(160));
    try (OpenFile changed = view.open(inode("f"), READ_WRITE, ROOT);
        OpenFile removed = view.open(inode("g"), READ_WRITE, ROOT)) {
      assertThat(read(changed)).isEqualTo(read(removed));
      rig.replace("f", nas.serve("theirs".getBytes(UTF_8)), nas);
      view.remove(at("g"), ROOT);
      write(changed, 0, "mine");
      write(removed, 0, "late");
      assertThat(read(changed)).isEqualTo("mine" + text(160).substring(4));
      assertThat(read(removed)).isEqualTo("late" + text(160).substring(4));
      assertThat(read("f")).startsWith("mine");
      assertAbsent("g");
    }
    complete();
    scan();
    assertThat(Judgement.isConflict(state("f"))).isTrue();
    assertThat(read("f")).startsWith("mine");
    assertAbsent("g");
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  /** Brings what a path shows to the disk, as a job does. */
  private void makeReal(String path, String text) throws Exception {
    real.apply().applyAll(List.of(file(path, text)));
    assertThat(root.resolve(path)).hasContent(text);
    assertThat(state(path).isReal(state(path).shown().content())).isTrue();
  }

  /** A peer's version is on the disk, where a job put it in place of what a program has opened. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void firstWrite_afterAPeersVersionWasMadeReal_isAConflict_whateverEffectFails(boolean isKilled)
      throws Exception {
    Content.File theirs = nas.serve("theirs".getBytes(UTF_8));
    boolean hasFailed = true;
    for (int effect = 1; hasFailed; effect++) {
      String name = "f" + effect;
      remote(name, text(160));
      Inode file = inode(name);
      OpenFile open = view.open(file, READ_WRITE, ROOT);
      rig.follow(name, theirs, nas);
      makeReal(name, "theirs");
      assertThat(inode(name)).isNotEqualTo(file);
      told.clear();
      write(open, 1, "mine");
      String expected = "0mine" + text(160).substring(5);
      assertThat(read(open)).isEqualTo(expected);
      assertThat(read(name)).isEqualTo(expected);
      assertThat(inode(name)).isEqualTo(file);
      assertThat(told).anyMatch(line -> line.startsWith("entry ") && line.endsWith(" " + name));
      open.close();
      effectsLeft = effect;
      complete();
      hasFailed = effectsLeft <= 0;
      effectsLeft = 0;
      if (isKilled) {
        downloader.close();
        attach(new LocalDisk(root));
      }
      rig.time.advance(Duration.ofMinutes(1));
      complete();
      assertThat(root.resolve(name)).as("after effect %d", effect).hasContent(expected);
      scan();
      assertThat(read(name)).isEqualTo(expected);
      assertThat(alternatives(name)).containsExactly(theirs);
      assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
      try (var trashed = Files.walk(root.resolve(".realize/trash"))) {
        assertThat(trashed.filter(path -> path.endsWith(name)))
            .singleElement()
            .satisfies(old -> assertThat(old).hasContent("theirs"));
      }
    }
  }

  @Test
  void firstWrite_afterAnotherProgramChangedAPeersVersion_isAConflict_withTheOnlyBytesOfThat()
      throws Exception {
    for (boolean isWhole : new boolean[] {false, true}) {
      String name = isWhole ? "whole" : "branched";
      remote(name, text(160));
      Inode file = inode(name);
      try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
        rig.follow(name, nas.serve("theirs".getBytes(UTF_8)), nas);
        if (isWhole) {
          makeReal(name, "theirs");
        }
        try (OpenFile other = view.open(inode(name), READ_WRITE, ROOT)) {
          write(other, 0, "THE");
        }
        assertThat(read(name)).isEqualTo("THEirs");
        write(open, 0, "mine");
        assertThat(read(open)).startsWith("mine");
      }
      complete();
      scan();
      Content.File changed = (Content.File) state(name).realContent();
      assertThat(changed.sizeBytes()).isEqualTo(6);
      rig.time.advance(Duration.ofMinutes(1));
      complete();
      scan();
      assertThat(root.resolve(name)).hasContent("mine" + text(160).substring(4));
      assertThat(read(name)).startsWith("mine");
      assertThat(alternatives(name)).contains(changed);
      try (var kept = rig.blobs.find(changed.hash()).orElseThrow()) {
        assertThat(kept.readable().lengthBytes()).isEqualTo(6);
      }
    }
  }

  @Test
  void firstWriteOrCut_afterAPeerRemovedTheFile_bringsItBack_alsoItsDirectory() throws Exception {
    for (boolean isCut : new boolean[] {false, true}) {
      String name = isCut ? "d/cut" : "d/written";
      remote(name, text(160));
      Inode file = inode(name);
      try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
        rig.follow(name, new Content.Absent(), nas);
        assertAbsent("d");
        if (isCut) {
          AttributeChange cut =
              new AttributeChange(
                  null, FileOwner.NOT_GIVEN, 3L, TimeChange.STAYS, TimeChange.STAYS, false);
          assertThat(view.change(file, open, cut, ROOT).sizeBytes()).isEqualTo(3);
        } else {
          write(open, 0, "mine");
        }
        String expected = isCut ? "012" : "mine" + text(160).substring(4);
        assertThat(read(name)).isEqualTo(expected);
        complete();
        rig.time.advance(Duration.ofMinutes(1));
        complete();
        assertThat(root.resolve(name)).hasContent(expected);
      }
      scan();
      assertThat(state(name).isReal(state(name).shown().content())).isTrue();
      view.remove(at(name), ROOT);
      view.removeDirectory(at("d"), ROOT);
      scan();
    }
  }

  @Test
  void firstWrite_afterAProgramReplacedTheFile_goesToTheTrash() throws Exception {
    remote("f", text(160));
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      create("f.tmp", "saved");
      rename("f.tmp", "f");
      write(open, 0, "late");
      assertThat(read(open)).startsWith("late");
      assertThat(read("f")).isEqualTo("saved");
      scan();
      assertThat(read("f")).isEqualTo("saved");
    }
    complete();
    scan();
    assertThat(read("f")).isEqualTo("saved");
    assertThat(Judgement.isConflict(state("f"))).isFalse();
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  /** A job gives way to a program that can write to the file, whatever that has written so far. */
  @Test
  void write_byAHandleOfTheDisk_isNeverLostToAJob() throws Exception {
    create("f", "old");
    scan();
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      rig.follow("f", nas.serve("theirs".getBytes(UTF_8)), nas);
      RealChange.Replace replaced =
          new RealChange.Replace(
              RelativePath.of("f"),
              Objects.requireNonNull(state("f").realStat()),
              state("f").shown(),
              null,
              made -> made.write(ByteBuffer.wrap("theirs".getBytes(UTF_8)), 0));
      assertThat(real.apply().applyAll(List.of(replaced)))
          .singleElement()
          .satisfies(result -> assertThat(result.outcome()).isEqualTo(ApplyOutcome.OPEN));
      assertThat(read("f")).as("a peer has it").isEqualTo("theirs");
      write(open, 0, "mine");
      assertThat(hinted).endsWith("opened f");
    }
    assertThat(hinted).as("it is quiet at once").endsWith("changed f");
    told.clear();
    assertThat(root.resolve("f")).hasContent("mine");
    scan();
    assertThat(told).anyMatch(line -> line.startsWith("entry ") && line.endsWith(" f"));
    assertThat(read("f")).isEqualTo("mine");
    assertThat(alternatives("f")).hasSize(1);
  }

  @Test
  void branch_removedWhileAPeerHasANewerVersion_leavesThatAsAnAlternative() throws Exception {
    remote("f", text(160));
    Content.File theirs = nas.serve("theirs".getBytes(UTF_8));
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, 0, "mine");
      rig.follow("f", theirs, nas);
      view.remove(at("f"), ROOT);
      assertAbsent("f");
    }
    scan();
    assertAbsent("f");
    assertThat(alternatives("f")).containsExactly(theirs);
  }

  @Test
  void branch_openedAndWrittenAsItTakesItsName_isOneFile() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile first = view.open(file, READ_WRITE, ROOT)) {
      write(first, 0, "one");
      afterRename =
          () -> {
            assertThat(find("f").inode()).isEqualTo(file);
            try (OpenFile second = view.open(file, READ_WRITE, ROOT)) {
              assertThat(second.write(0, ByteBuffer.wrap("two".getBytes(UTF_8)), true))
                  .isEqualTo(3);
            }
            return file;
          };
      rig.time.advance(Duration.ofSeconds(6));
      complete();
      assertThat(afterRename).isNull();
      assertThat(first.write(0, ByteBuffer.wrap("!".getBytes(UTF_8)), true)).isOne();
      String expected = "one" + text(160).substring(3) + "two!";
      assertThat(read(first)).isEqualTo(expected);
      assertThat(root.resolve("f")).hasContent(expected);
    }
    scan();
    assertThat(inode("f")).isEqualTo(file);
    assertThat(hinted).endsWith("changed f");
  }

  @Test
  void fileThatAJobMakes_whileItIsLookedAt_keepsItsInode() throws Exception {
    remote("f", "theirs");
    Inode file = inode("f");
    CompletableFuture<Boolean> isLookedAt = new CompletableFuture<>();
    CompletableFuture<Boolean> isMade = new CompletableFuture<>();
    FutureTask<Inode> look = new FutureTask<>(() -> inode("f"));
    afterRename =
        () -> {
          afterState =
              () -> {
                isLookedAt.complete(true);
                return isMade.orTimeout(30, TimeUnit.SECONDS).join();
              };
          Thread.ofVirtual().start(look);
          return isLookedAt.orTimeout(30, TimeUnit.SECONDS).join();
        };
    makeReal("f", "theirs");
    isMade.complete(true);
    assertThat(look.get(30, TimeUnit.SECONDS)).isEqualTo(file);
    assertThat(afterState).isNull();
    assertThat(inode("f")).isEqualTo(file);
  }

  /** An older file of the root is in the way. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void completion_failingAtAnyEffect_isMadeByTheNextTry(boolean isKilled) throws Exception {
    boolean hasFailed = true;
    for (int effect = 1; hasFailed; effect++) {
      String name = "f" + effect;
      remote(name, "old");
      view.setAttribute(inode(name), "user.x", new byte[] {1}, AttributeSetting.ALWAYS, ROOT);
      assertThat(root.resolve(name)).as("is here for that").hasContent("old");
      scan();
      rig.replace(name, nas.serve(text(160).getBytes(UTF_8)), nas);
      assertThat(find(name).sizeBytes()).isEqualTo(160);
      Inode file = inode(name);
      OpenFile open = view.open(file, READ_WRITE, ROOT);
      write(open, 1, "mine");
      open.close();
      effectsLeft = effect;
      complete();
      hasFailed = effectsLeft <= 0;
      effectsLeft = 0;
      if (isKilled) {
        downloader.close();
        attach(new LocalDisk(root));
      }
      rig.time.advance(Duration.ofMinutes(1));
      complete();
      String expected = "0mine" + text(160).substring(5);
      assertThat(root.resolve(name)).as("after effect %d", effect).hasContent(expected);
      if (!isKilled) {
        assertThat(inode(name)).isEqualTo(file); // else that too, or another one at most
      }
      scan();
      assertThat(read(name)).isEqualTo(expected);
      assertThat(Judgement.isConflict(state(name))).isFalse();
      assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
      try (var trashed = Files.walk(root.resolve(".realize/trash"))) {
        assertThat(trashed.filter(path -> path.endsWith(name)))
            .singleElement()
            .satisfies(old -> assertThat(old).hasContent("old"));
      }
    }
  }

  @Test
  void branches_ofAnEarlierLife_areFoundAgain() throws Exception {
    remote("f", text(400_000));
    Inode file = inode("f");
    OpenFile open = view.open(file, READ_WRITE, ROOT);
    write(open, 100, "kept");
    attach(new LocalDisk(root));
    assertThat(inode("f")).isEqualTo(file);
    assertThat(read("f").substring(98, 106)).isEqualTo("23kept89");
    complete();
    assertThat(root.resolve("f")).isRegularFile().hasSize(400_000);
    assertThat(inode("f")).isEqualTo(file);
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  private interface Call {
    @Nullable Object run() throws RealizeException;
  }

  @Test
  void branch_inWhichNothingIsWritten_isNoneOfTheNextLife() throws Exception {
    remote("f", text(160));
    remote("given", text(160));
    for (String name : List.of("f", "given")) {
      Branch begun = branches.create(RelativePath.of(name), state(name).shown(), ArenaRig.MODE);
      assertThat(branches.at(RelativePath.of(name))).isSameAs(begun);
    }
    AttributeChange mode =
        new AttributeChange(
            0600, FileOwner.NOT_GIVEN, null, TimeChange.STAYS, TimeChange.STAYS, false);
    view.change(inode("given"), null, mode, ROOT);
    Version before = state("f").shown();
    downloader.close();
    attach(new LocalDisk(root));
    complete();
    scan();
    assertThat(Files.exists(root.resolve("f"))).isFalse();
    assertThat(state("f").shown()).isEqualTo(before);
    assertThat(read("f")).isEqualTo(text(160));
    assertThat(root.resolve("given")).hasContent(text(160));
    assertThat(find("given").mode()).isEqualTo(0600);
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  @Test
  void openFile_ofANodeThatAFileFromElsewhereReplaces_isReachedByItsInode() throws Exception {
    view.makeNode(at("b"), FileKind.FILE, 0, FILE, ROOT);
    remote("d", "remote");
    Inode before = inode("b");
    try (OpenFile open = view.open(before, new OpenFlags(0), ROOT)) {
      rename("d", "b");
      assertThat(inode("b")).isNotEqualTo(before);
      assertThat(view.attributes(before).links()).isZero();
      assertThat(read(open)).isEmpty();
    }
  }

  private static void inRefusal(Call call) throws RealizeException {
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

  @Test
  void openFiles_ofOneInode_seeTheSameBytes_whereverTheyWereWhenTheyWereOpened() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile reader = view.open(file);
        OpenFile writer = view.open(file, READ_WRITE, ROOT)) {
      assertThat(read(reader)).isEqualTo(text(160));
      makeReal("f", text(160));
      assertThat(inode("f")).isEqualTo(file);
      try (OpenFile other = view.open(file, READ_WRITE, ROOT)) {
        write(other, 0, "one");
        assertThat(read(reader)).startsWith("one3");
        assertThat(read(writer)).startsWith("one3");
        write(writer, 3, "two");
        assertThat(read(other)).startsWith("onetwo6");
        assertThat(read(reader)).startsWith("onetwo6");
      }
      create("f.tmp", "saved");
      rename("f.tmp", "f");
      assertThat(read(reader)).as("a replaced file is what it was").startsWith("onetwo6");
    }
  }

  @Test
  void openFile_ofAFileThatAJobMadeReal_seesWhatIsWrittenOrCutLater() throws Exception {
    for (String how : List.of("by its own write", "in the root", "cut", "emptied")) {
      String name = how.replace(' ', '-');
      remote(name, text(160));
      Inode file = inode(name);
      try (OpenFile reader = view.open(file);
          OpenFile writer = view.open(file, READ_WRITE, ROOT)) {
        if (!how.equals("emptied")) {
          makeReal(name, text(160));
        }
        switch (how) {
          case "by its own write" -> write(writer, 0, "mine");
          case "in the root" -> {
            Files.writeString(root.resolve(name), "mine, by another program");
            hints.touched(Set.of(RelativePath.of(name)), 1);
          }
          case "cut" -> {
            AttributeChange cut =
                new AttributeChange(
                    null, FileOwner.NOT_GIVEN, 3L, TimeChange.STAYS, TimeChange.STAYS, false);
            assertThat(view.change(file, null, cut, ROOT).sizeBytes()).isEqualTo(3);
          }
          default -> view.open(file, TRUNCATE, ROOT).close();
        }
        String now = Files.readString(root.resolve(name));
        assertThat(now).isNotEqualTo(text(160));
        assertThat(read(reader)).as(how).isEqualTo(now);
        assertThat(read(writer)).as(how).isEqualTo(now);
      }
    }
  }

  @Test
  void truncatedOnOpening_aFileThatIsNotHere_needsNoByte_andMakesNoConflict() throws Exception {
    remote("f", "remote");
    Inode file = inode("f");
    rig.links.clear();
    try (OpenFile open = view.open(file, TRUNCATE, ROOT)) {
      write(open, 0, "mine");
    }
    assertThat(inode("f")).isEqualTo(file);
    scan();
    assertThat(read("f")).isEqualTo("mine");
    assertThat(Judgement.isConflict(state("f"))).isFalse();
    assertThat(stored("f")).isEqualTo(file);
  }

  @Test
  void renameOver_aFileThatIsNotHere_replacesIt_withoutConflict() throws Exception {
    remote("f", "remote");
    Version before = state("f").shown();
    create("f.tmp", "saved");
    view.rename(at("f.tmp"), at("f"), RenameKind.REPLACE, ROOT);
    assertThat(read("f")).isEqualTo("saved");
    scan();
    assertThat(state("f").shown().vector().compare(before.vector())).isEqualTo(Order.AFTER);
    assertThat(Judgement.isConflict(state("f"))).isFalse();
    assertThat(read("f")).isEqualTo("saved");
  }

  @Test
  void remove_ofAFileThatReplacedOneThatIsNotHere_doesNotShowThatAgain() throws Exception {
    remote("f", "remote");
    create("f.tmp", "saved");
    view.rename(at("f.tmp"), at("f"), RenameKind.REPLACE, ROOT);
    view.remove(at("f"), ROOT);
    assertAbsent("f");
    scan();
    assertAbsent("f");
    create("f", "third");
    view.rename(at("f"), at("g"), RenameKind.REPLACE, ROOT);
    assertAbsent("f");
    scan();
    assertAbsent("f");
    assertThat(read("g")).isEqualTo("third");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "link", "directory"})
  void removedName_notYetIndexed_isTakenByAFileThatIsNotHere(String kind) throws Exception {
    switch (kind) {
      case "file" -> Files.writeString(root.resolve("f"), "old");
      case "link" -> Files.createSymbolicLink(root.resolve("f"), Path.of("old"));
      default -> Files.createDirectory(root.resolve("f"));
    }
    scan();
    Version before = state("f").shown();
    remote("B/f", "remote");
    Inode moved = inode("B/f");
    if (kind.equals("directory")) {
      view.removeDirectory(at("f"), ROOT);
    } else {
      view.remove(at("f"), ROOT);
    }
    rename("B/f", "f");
    for (int look = 0; look < 2; look++) {
      assertThat(read("f")).isEqualTo("remote");
      assertThat(inode("f")).isEqualTo(moved);
      assertThat(state("f").shown().vector().compare(before.vector())).isEqualTo(Order.AFTER);
      assertThat(state("f").realStat()).isNull();
      assertThat(alternatives("f")).isEmpty();
      assertThat(Files.exists(root.resolve("f"))).isFalse();
      assertAbsent("B/f");
      scan();
    }
  }

  /** A peer's version is shown by then: the name is replaced as any that is not here. */
  @Test
  void removedName_ofWhichAPeerHasANewerVersion_isTakenByAFileThatIsNotHere() throws Exception {
    create("f", "old");
    scan();
    remote("B/f", "remote");
    view.remove(at("f"), ROOT);
    rig.follow("f", nas.serve("theirs".getBytes(UTF_8)), nas);
    Version theirs = state("f").shown();
    assertThat(read("f")).isEqualTo("theirs");
    rename("B/f", "f");
    scan();
    assertThat(read("f")).isEqualTo("remote");
    assertThat(state("f").shown().vector().compare(theirs.vector())).isEqualTo(Order.AFTER);
    assertThat(alternatives("f")).isEmpty();
    assertAbsent("B/f");
  }

  /** Nobody but the index knows whether a name that no call of the mount took away is removed. */
  @Test
  void nameRemovedInTheRoot_isTakenByAFileThatIsNotHere_onceItIsIndexed() throws Exception {
    create("f", "old");
    create("marked", "old");
    mark("marked", Mark.KEEP);
    scan();
    remote("B/f", "remote");
    remote("B/g", "remote");
    Files.delete(root.resolve("f"));
    assertThatThrownBy(() -> inRefusal(() -> rename("B/f", "f"))).isInstanceOf(WouldWait.class);
    view.rename(at("marked"), at("moved"), RenameKind.REPLACE, ROOT);
    assertThatThrownBy(() -> inRefusal(() -> rename("B/g", "marked")))
        .isInstanceOf(WouldWait.class);
    hinted.clear();
    isIndexing = true;
    ticking(() -> {
      rename("B/f", "f");
      return rename("B/g", "marked");
    });
    assertThat(hinted).containsOnlyOnce("changed f", "changed marked");
    assertThat(read("f")).isEqualTo("remote");
    assertThat(read("marked")).isEqualTo("remote");
    scan();
    assertThat(rig.store.read(ArenaReader::marks))
        .containsEntry(RelativePath.of("moved"), Mark.KEEP);
  }

  private void give(String path, int gid) throws RealizeException {
    AttributeChange given =
        new AttributeChange(
            null, new FileOwner(-1, gid), null, TimeChange.STAYS, TimeChange.STAYS, false);
    view.change(inode(path), null, given, ROOT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"remote", "other", ""})
  void fileJustBroughtToTheDisk_andChanged_isReplaced(String text) throws Exception {
    remote("f", text);
    remote("B/f", "remote");
    remote("B/g", "remote");
    give("f", 7);
    give("f", 8);
    rename("B/f", "f");
    assertThat(read("f")).isEqualTo("remote");
    scan();
    assertThat(read("f")).isEqualTo("remote");
    assertThat(alternatives("f")).isEmpty();
  }

  // ---- the private root

  @Test
  void privateRoot_beginsWithTheFirstChange_withoutHoldingUpOthers() throws Exception {
    isBegun = false;
    isDoubtful = true;
    remote("f", "theirs");
    assertThat(read("f")).isEqualTo("theirs");
    assertThat(names("", 10)).containsExactly("f");
    assertThat(hinted).isEmpty();
    assertThatThrownBy(() -> inRefusal(() -> view.create(at("g"), FILE, READ_WRITE, ROOT)))
        .isInstanceOf(WouldWait.class);
    assertThat(hinted).isEmpty();
    create("g", "mine");
    assertThat(hinted.getFirst()).isEqualTo("begun");
    assertThat(root.resolve("g")).hasContent("mine");
    assertThat(names("", 10)).containsExactlyInAnyOrder("f", "g");
  }

  @Test
  void attributesOfTheArena_ofAPrivateRootThatHasNotBegun_areChangedOnTheDisk() throws Exception {
    isBegun = false;
    isDoubtful = true;
    AttributeChange change =
        new AttributeChange(
            0700, FileOwner.NOT_GIVEN, null, TimeChange.STAYS, TimeChange.STAYS, false);
    assertThat(view.change(inode(""), null, change, ROOT).mode()).isEqualTo(0700);
    assertThat(Files.getAttribute(root, "unix:mode")).isEqualTo(040700);
  }

  // ---- what is newer than the disk

  @Test
  void newerVersion_isShownOnceItCanBeHad_andStaysShown_alsoInTheNextLife() throws Exception {
    create("f", "old");
    scan();
    Content.File newer = nas.serve("newer".getBytes(UTF_8));
    rig.links.clear();
    rig.replace("f", newer, nas);
    assertThat(read("f")).isEqualTo("old");
    rig.links.add(nas);
    assertThat(read("f")).isEqualTo("newer");
    rig.links.clear();
    rig.blobs.delete(newer.hash());
    assertThat(rig.blobs.find(newer.hash())).isEmpty();
    assertNewerIsShown();
    view.detach(ArenaRig.NAME);
    attach(new LocalDisk(root));
    assertNewerIsShown();
    scan();
    assertNewerIsShown();
    Files.writeString(root.resolve("f"), "edited in the root");
    assertThat(read("f")).isEqualTo("edited in the root");
  }

  private void assertNewerIsShown() throws Exception {
    assertThat(find("f").sizeBytes()).isEqualTo("newer".length());
    assertThat(inode("f")).isEqualTo(stored("f"));
    assertThat(list(inode(""), 10)).containsExactly("f");
  }

  // ---- bytes that other names need

  /** A file of the disk, and a name that shows its content, which only {@code holders} have too. */
  private Content.File makeTwins(ScriptedPeer... holders) throws Exception {
    create("mine", "the only bytes");
    scan();
    Content.File content = (Content.File) state("mine").shown().content();
    rig.show("theirs", content, holders);
    real.needed().note(state("theirs"), false);
    return content;
  }

  @Test
  void remove_ofTheLastBytesThatAnotherNameNeeds_keepsThemAsABlob() throws Exception {
    makeTwins();
    assertThatThrownBy(() ->
            inRefusal(() -> {
              view.remove(at("mine"), ROOT);
              return "";
            }))
        .isInstanceOf(WouldWait.class);
    assertThat(root.resolve("mine")).exists();
    view.remove(at("mine"), ROOT);
    assertThat(root.resolve("mine")).doesNotExist();
    assertThat(read("theirs")).isEqualTo("the only bytes");
    Content.File content = (Content.File) state("theirs").shown().content();
    assertThat(
            rig.store.<Boolean>read(
                reader -> reader.isBlobReferred(content.hash(), RelativePath.of("theirs"))))
        .isTrue();
    scan();
    assertAbsent("mine");
    assertThat(read("theirs")).isEqualTo("the only bytes");
  }

  @Test
  void renameOver_theLastBytesThatAnotherNameNeeds_keepsThemAsABlob() throws Exception {
    makeTwins();
    create("mine.tmp", "saved");
    view.rename(at("mine.tmp"), at("mine"), RenameKind.REPLACE, ROOT);
    assertThat(read("mine")).isEqualTo("saved");
    assertThat(read("theirs")).isEqualTo("the only bytes");
    scan();
    assertThat(Judgement.isConflict(state("mine"))).isFalse();
  }

  @Test
  void remove_ofTheLastBytes_ofAFileWithAnotherModeAndTimeThanIndexed_keepsThemToo()
      throws Exception {
    Content.File content = makeTwins();
    AttributeChange touched =
        new AttributeChange(
            0600, FileOwner.NOT_GIVEN, null, TimeChange.STAYS, new TimeChange.Now(), false);
    assertThat(view.change(inode("mine"), null, touched, ROOT).mode()).isEqualTo(0600);
    view.remove(at("mine"), ROOT);
    assertAbsent("mine");
    assertThat(read("theirs")).isEqualTo("the only bytes");
    try (var kept = rig.blobs.find(content.hash()).orElseThrow()) {
      assertThat(kept.readable().lengthBytes()).isEqualTo(content.sizeBytes());
    }
  }

  @Test
  void remove_ofAFileOfWhichOtherBytesWereWritten_keepsNone() throws Exception {
    Content.File content = makeTwins();
    Files.writeString(root.resolve("mine"), "The only bytes");
    view.remove(at("mine"), ROOT);
    assertAbsent("mine");
    assertThat(rig.blobs.find(content.hash()).filter(blob -> !blob.readable().isEmpty())).isEmpty();
  }

  @Test
  void remove_ofTheLastBytesThatAnotherNameNeeds_inAFullCache_leavesThemToTheTrash()
      throws Exception {
    makeTwins();
    rig.blobs.capacity(0);
    view.remove(at("mine"), ROOT);
    assertAbsent("mine");
    assertThat(names("", 10)).containsExactly("theirs");
    assertThat(state("mine").shown().isTombstone()).isTrue();
    create("mine", "new");
    assertThat(trashed()).containsExactly("the only bytes");
    create("other", "third");
    scan();
    rig.show("theirs", state("mine").shown().content());
    real.needed().note(state("theirs"), false);
    view.rename(at("other"), at("mine"), RenameKind.REPLACE, ROOT);
    assertThat(trashed()).containsExactlyInAnyOrder("the only bytes", "new");
    assertThat(read("mine")).isEqualTo("third");
    scan();
    assertThat(Judgement.isConflict(state("mine"))).isFalse();
  }

  /** The texts of the files in the trash. */
  private List<String> trashed() throws Exception {
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

  @Test
  void remove_ofBytesThatAPeerHas_orNobodyNeeds_keepsNone() throws Exception {
    Content.File content = makeTwins(nas);
    view.remove(at("mine"), ROOT);
    assertThat(rig.blobs.find(content.hash())).isEmpty();
    create("alone", "other bytes");
    scan();
    Content.File other = (Content.File) state("alone").shown().content();
    view.remove(at("alone"), ROOT);
    assertThat(rig.blobs.find(other.hash())).isEmpty();
  }

  @Test
  void newNames_belowADirectoryThatIsNotHere_makeItHere_asNoVersionOfAUsers() throws Exception {
    rig.show("d", new Content.Directory(), nas);
    rig.show("d/e", new Content.Directory(), nas);
    remote("d/e/f", "x");
    Version directory = state("d/e").shown();
    create("d/e/g", "y");
    assertThat(root.resolve("d/e/g")).hasContent("y");
    assertThat(names("d/e", 1)).containsExactly("f", "g");
    scan();
    assertThat(state("d/e").isReal(new Content.Directory())).isTrue();
    assertThat(state("d/e").shown()).isEqualTo(directory);
    assertErrno(() -> view.removeDirectory(at("d/e"), ROOT), Errno.ENOTEMPTY);
    view.remove(at("d/e/g"), ROOT);
    assertErrno(() -> view.removeDirectory(at("d/e"), ROOT), Errno.ENOTEMPTY);
    view.remove(at("d/e/f"), ROOT);
    view.removeDirectory(at("d/e"), ROOT);
    assertAbsent("d/e");
    scan();
    assertAbsent("d/e");
  }

  @Test
  void removedTree_canBeMadeAgainAtOnce_beforeTheIndexHasSeenIt() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    create("d/f", "x");
    scan();
    view.remove(at("d/f"), ROOT);
    view.removeDirectory(at("d"), ROOT);
    assertAbsent("d");
    create("d", "now a file");
    assertThat(read("d")).isEqualTo("now a file");
    view.remove(at("d"), ROOT);
    view.makeDirectory(at("d"), FOLDER, ROOT);
    assertThat(names("d", 10)).isEmpty();
    scan();
    assertThat(names("d", 10)).isEmpty();
  }

  // ---- renamed directories

  private @Nullable Object rename(String from, String to) throws RealizeException {
    view.rename(at(from), at(to), RenameKind.REPLACE, ROOT);
    return null;
  }

  @Test
  void renamedDirectory_toAnEmptyOne_goesAsAWhole_whateverIsHere() throws Exception {
    isIndexing = true;
    ticking(() -> {
      for (int here = 0; here < 64; here++) {
        renameToAnEmptyOne("t" + here + "/", here);
      }
      return null;
    });
  }

  private interface Calls {
    @Nullable Object run() throws Exception;
  }

  /** Makes calls that wait for the index while time goes on. */
  private void ticking(Calls calls) throws Exception {
    AtomicBoolean isOver = new AtomicBoolean();
    Thread clock = Thread.ofVirtual().start(() -> tick(isOver));
    try {
      Object ignored = calls.run();
    } finally {
      isOver.set(true);
      clock.join();
    }
  }

  private void tick(AtomicBoolean isOver) {
    while (!isOver.get()) {
      rig.time.advance(Duration.ofMillis(50));
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void renameToAnEmptyOne(String top, int here) throws Exception {
    List<String> files = List.of("A/A/a", "A/A/b", "A/A/e", "B/b", "B/C/x", "A/z");
    for (String directory : List.of("A", "A/A", "B", "B/C")) {
      rig.show(top + directory, new Content.Directory(), nas);
    }
    for (String file : files) {
      remote(top + file, file);
    }
    for (int i = 0; i < files.size(); i++) {
      if ((here >> i & 1) != 0) {
        makeReal(top + files.get(i));
      }
    }
    rename(top + "A/A/b", top + "c");
    rename(top + "A/A/a", top + "a");
    rename(top + "A/A/e", top + "B/C/e");
    rename(top + "B", top + "A/A");
    for (int look = 0; look < 2; look++) {
      assertThat(names(top + "A", 10)).as(top).containsExactlyInAnyOrder("A", "z");
      assertThat(names(top + "A/A", 10)).as(top).containsExactlyInAnyOrder("C", "b");
      assertThat(names(top + "A/A/C", 10)).as(top).containsExactlyInAnyOrder("e", "x");
      assertAbsent(top + "B");
      if (here % 8 == 7) {
        scan();
      }
    }
  }

  private void makeReal(String path) throws RealizeException {
    view.change(
        inode(path),
        null,
        new AttributeChange(
            null, new FileOwner(0, 0), null, TimeChange.STAYS, TimeChange.STAYS, false),
        ROOT);
  }

  @Test
  void renamedDirectory_ofWhichAPartIsNotHere_goesAsAWhole() throws Exception {
    remote("d/remote", "far");
    remote("d/sub/deep", "farther");
    create("d/local", "here");
    create("d/changed", "once");
    scan();
    create("d/new", "not indexed");
    try (OpenFile file = view.open(inode("d/changed"), READ_WRITE, ROOT)) {
      write(file, 0, "later");
    }
    mark("d", Mark.KEEP);
    mark("d/sub/deep", Mark.OWN);
    List<String> all = List.of("remote", "sub", "sub/deep", "local", "changed", "new");
    List<Inode> inodes = new ArrayList<>(List.of(inode("d")));
    for (String name : all) {
      inodes.add(inode("d/" + name));
    }
    told.clear();
    rename("d", "e");
    assertAbsent("d");
    for (int look = 0; look < 2; look++) {
      List<Inode> now = new ArrayList<>(List.of(inode("e")));
      for (String name : all) {
        now.add(inode("e/" + name));
      }
      assertThat(now).isEqualTo(inodes);
      assertThat(names("e", 2)).containsExactly("changed", "local", "new", "remote", "sub");
      assertThat(names("e/sub", 2)).containsExactly("deep");
      assertThat(read("e/remote")).isEqualTo("far");
      assertThat(read("e/sub/deep")).isEqualTo("farther");
      assertThat(read("e/local")).isEqualTo("here");
      assertThat(read("e/changed")).isEqualTo("later");
      assertThat(read("e/new")).isEqualTo("not indexed");
      scan();
    }
    assertAbsent("d");
    assertThat(root.resolve("e/local")).hasContent("here");
    assertThat(root.resolve("e/remote")).doesNotExist();
    assertThat(state("e/remote").shown().from()).isEqualTo(RelativePath.of("d/remote"));
    assertThat(state("e/local").shown().from()).isEqualTo(RelativePath.of("d/local"));
    for (String name : all) {
      if (!name.equals("sub")) {
        assertThat(Judgement.isConflict(state("e/" + name))).as(name).isFalse();
      }
      assertAbsent("d/" + name);
    }
    assertThat(state("d/remote").shown().isTombstone()).isTrue();
    assertThat(state("d/local").realStat()).isNull();
    Map<RelativePath, Mark> marks = rig.store.read(reader -> reader.marks());
    assertThat(marks)
        .isEqualTo(
            Map.of(RelativePath.of("e"), Mark.KEEP, RelativePath.of("e/sub/deep"), Mark.OWN));
    assertThat(told).noneMatch(notice -> notice.endsWith(" d") || notice.endsWith(" e"));
  }

  private void mark(String path, Mark mark) throws RealizeException {
    rig.store.write(writer -> {
      writer.putMark(RelativePath.of(path), mark);
    });
  }

  @Test
  void renamedDirectory_withAFileThatAPeerHasRemoved_doesNotBringItBack() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    create("d/f", "old");
    create("d/g", "stays");
    scan();
    rig.follow("d/f", new Content.Absent(), nas);
    assertThat(names("d", 10)).containsExactly("g");
    rename("d", "e");
    for (int look = 0; look < 2; look++) {
      assertAbsent("e/f");
      assertAbsent("d");
      assertThat(names("e", 10)).containsExactly("g");
      assertThat(root.resolve("e/f")).as("a job takes it").hasContent("old");
      scan();
    }
    create("e/f", "new");
    assertThat(trashed()).containsExactly("old");
    scan();
    assertThat(read("e/f")).isEqualTo("new");
    assertThat(Judgement.isConflict(state("e/f"))).isFalse();
  }

  @Test
  void renamedDirectory_ofWhichNothingIsHere_isOneCommit() throws Exception {
    remote("d/f", "far");
    view.makeDirectory(at("own"), FOLDER, ROOT);
    scan();
    Inode file = inode("d/f");
    rename("d", "own/e");
    assertAbsent("d");
    assertThat(inode("own/e/f")).isEqualTo(file);
    assertThat(read("own/e/f")).isEqualTo("far");
    assertThat(root.resolve("own/e")).doesNotExist();
    scan();
    assertThat(inode("own/e/f")).isEqualTo(file);
    rename("own/e", "d");
    assertThat(inode("d/f")).isEqualTo(file);
    assertThat(names("own", 9)).isEmpty();
    scan();
    assertThat(read("d/f")).isEqualTo("far");
    assertThat(Judgement.isConflict(state("d/f"))).isFalse();
  }

  @Test
  void renamedDirectory_replacesAnEmptyOne_onEitherSide_andNoOther() throws Exception {
    for (String kind : List.of("remote", "mixed")) {
      String from = kind + "/from";
      remote(from + "/f", "far");
      if (kind.equals("mixed")) {
        create(from + "/local", "here");
      }
      scan();
      view.makeDirectory(at(kind + "/here"), FOLDER, ROOT);
      rig.show(kind + "/there", new Content.Directory(), nas);
      create(kind + "/file", "x");
      scan();
      view.makeDirectory(at(kind + "/full"), FOLDER, ROOT);
      create(kind + "/full/f", "x");
      assertErrno(() -> rename(from, kind + "/full"), Errno.ENOTEMPTY);
      assertErrno(() -> rename(from, kind + "/file"), Errno.ENOTDIR);
      assertErrno(
          () -> view.rename(at(from), at(kind + "/here"), RenameKind.NEW, ROOT), Errno.EEXIST);
      assertErrno(() -> rename(from, from + "/inside"), Errno.EINVAL);
      String part = "x".repeat(250);
      rename(from, kind + "/here");
      rename(kind + "/here", kind + "/there");
      rename(kind + "/there", kind + "/" + part);
      assertThat(find(kind + "/" + part + "/f").sizeBytes()).isEqualTo(3);
      scan();
      assertThat(names(kind, 9)).containsExactlyInAnyOrder("file", "full", part);
      assertThat(find(kind + "/" + part + "/f").sizeBytes()).isEqualTo(3);
      if (kind.equals("mixed")) {
        assertThat(read(kind + "/" + part + "/local")).isEqualTo("here");
        assertThat(root.resolve(kind + "/" + part + "/local")).hasContent("here");
      }
    }
  }

  @Test
  void renamedDirectory_nameBelowWouldBeTooLong_isRefused() throws Exception {
    String part = "x".repeat(250);
    remote("d" + ("/" + part).repeat(16), "deep");
    assertErrno(() -> rename("d", part), Errno.ENAMETOOLONG);
    rename("d", "e");
    assertThat(read("e" + ("/" + part).repeat(16))).isEqualTo("deep");
  }

  @Test
  void renamedDirectory_withABranch_completesThatFirst() throws Exception {
    remote("d/f", "remote");
    remote("d/g", "other");
    try (OpenFile file = view.open(inode("d/f"), READ_WRITE, ROOT)) {
      write(file, 0, "R");
    }
    assertThat(root.resolve("d/f")).doesNotExist();
    assertThatThrownBy(() ->
            inRefusal(() -> {
              rename("d", "e");
              return "";
            }))
        .isInstanceOf(WouldWait.class);
    rename("d", "e");
    assertThat(root.resolve("e/f")).hasContent("Remote");
    assertThat(root.resolve("d")).doesNotExist();
    assertThat(read("e/f")).isEqualTo("Remote");
    assertThat(read("e/g")).isEqualTo("other");
    scan();
    assertThat(read("e/f")).isEqualTo("Remote");
    assertThat(Judgement.isConflict(state("e/f"))).isFalse();
    assertAbsent("d");
  }

  @Test
  void renamedDirectory_withAFileThatReplacedOneThatIsNotHere_isNoConflict() throws Exception {
    remote("d/f", "remote");
    create("d/f.tmp", "saved");
    rename("d/f.tmp", "d/f");
    rename("d", "e");
    assertThat(read("e/f")).isEqualTo("saved");
    scan();
    assertThat(read("e/f")).isEqualTo("saved");
    assertThat(Judgement.isConflict(state("e/f"))).isFalse();
    assertAbsent("d/f");
    assertThat(Judgement.isConflict(state("d/f"))).isFalse();
  }

  // ---- notices

  private RealChange file(String path, String text) throws RealizeException {
    return new RealChange.Create(
        RelativePath.of(path),
        state(path).shown(),
        new RealChange.Attributes(0644, FileTime.EPOCH),
        made -> made.write(ByteBuffer.wrap(text.getBytes(UTF_8)), 0));
  }

  @Test
  void removedNames_thatAJobPutsOnTheDiskMeanwhile_areNotShown_andHoldUpNoDirectory()
      throws Exception {
    remote("moved/d/f1", "one");
    remote("moved/d/f2", "two");
    Files.createDirectories(root.resolve("moved/d"));
    List<String> shown = new ArrayList<>(List.of("?"));
    beforeEffect =
        () -> {
          view.remove(at("moved/d/f1"), ROOT);
          view.remove(at("moved/d/f2"), ROOT);
          beforeEffect =
              () -> {
                shown.clear();
                shown.addAll(list(inode("moved/d"), 10)); // f1 is on the disk by now
                assertThatThrownBy(() -> inRefusal(() -> remove("moved/d")))
                    .isInstanceOf(WouldWait.class);
                return null;
              };
          return null;
        };
    real.apply().applyAll(List.of(file("moved/d/f1", "one"), file("moved/d/f2", "two")));
    assertThat(root.resolve("moved/d/f1")).hasContent("one");
    assertThat(root.resolve("moved/d/f2")).hasContent("two");
    assertThat(shown).isEmpty();
    assertThat(names("moved/d", 10)).isEmpty();
    remove("moved/d");
    remove("moved");
    assertThat(root.resolve("moved")).doesNotExist();
    scan();
    assertAbsent("moved");
  }

  private @Nullable Object remove(String directory) throws RealizeException {
    view.removeDirectory(at(directory), ROOT);
    return null;
  }

  @Test
  void saveByRename_overAnOlderFileThanAPeerHas_isAConflict() throws Exception {
    Inode old = create("f", "old");
    scan();
    rig.links.clear();
    rig.follow("f", nas.serve("theirs, which cannot be had".getBytes(UTF_8)), nas);
    assertThat(read("f")).isEqualTo("old");
    Inode made = create("f.tmp", "new");
    view.rename(at("f.tmp"), at("f"), RenameKind.REPLACE, ROOT);
    assertThat(inode("f")).isEqualTo(made).isNotEqualTo(old);
    scan();
    assertThat(read("f")).isEqualTo("new");
    assertThat(Judgement.isConflict(state("f"))).isTrue();
  }

  /** A newer version, which the mount does not show since nobody has its bytes now. */
  private Content.File followUnseen(String path) throws Exception {
    Content.File theirs = nas.serve("theirs, which cannot be had".getBytes(UTF_8));
    rig.links.clear();
    rig.follow(path, theirs, nas);
    return theirs;
  }

  private void assertRemoved(String path, Content.File unseen) throws Exception {
    assertAbsent(path);
    for (int look = 0; look < 2; look++) {
      scan();
      assertAbsent(path);
      assertThat(state(path).shown().isTombstone()).isTrue();
      assertThat(alternatives(path)).containsExactly(unseen);
      rig.links.add(nas);
    }
    assertThat(root.resolve(path)).doesNotExist();
  }

  @Test
  void removed_anOlderFileThanAPeerHas_leavesThatAsAnAlternative_thatIsNotShown() throws Exception {
    create("f", "old");
    scan();
    Version old = state("f").shown();
    Content.File theirs = followUnseen("f");
    assertThat(read("f")).isEqualTo("old");
    view.remove(at("f"), ROOT);
    assertThat(state("f").shown().vector().compare(old.vector())).isEqualTo(Order.AFTER);
    assertRemoved("f", theirs);
  }

  @Test
  void removed_anOlderFileThanAPeerHas_thatIsNotAsIndexed_leavesThatToo() throws Exception {
    create("f", "old");
    scan();
    Content.File theirs = followUnseen("f");
    Files.writeString(root.resolve("f"), "edited in the root");
    assertThat(read("f")).isEqualTo("edited in the root");
    view.remove(at("f"), ROOT);
    assertRemoved("f", theirs);
    Content.File others = nas.serve("others".getBytes(UTF_8));
    Files.writeString(root.resolve("g"), "made in the root");
    rig.show("g", others, nas);
    assertThat(read("g")).isEqualTo("made in the root");
    view.remove(at("g"), ROOT);
    assertRemoved("g", others);
  }

  @Test
  void renamed_anOlderFileThanAPeerHas_leavesThatAsAnAlternativeAtTheOldName() throws Exception {
    create("f", "old");
    scan();
    Content.File theirs = followUnseen("f");
    rename("f", "g");
    assertRemoved("f", theirs);
    assertThat(read("g")).isEqualTo("old");
    assertThat(Judgement.isConflict(state("g"))).isFalse();
  }

  @Test
  void removedTree_ofAnOlderFileThanAPeerHas_isGone_andLeavesTheAlternative() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    create("d/f", "old");
    scan();
    Content.File theirs = followUnseen("d/f");
    view.remove(at("d/f"), ROOT);
    assertThat(names("d", 10)).isEmpty();
    view.removeDirectory(at("d"), ROOT);
    assertAbsent("d");
    assertRemoved("d/f", theirs);
    assertAbsent("d");
  }

  @Test
  void removedDirectory_inPlaceOfWhichAPeerHasAFile_leavesThatAsAnAlternative() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    scan();
    Content.File theirs = followUnseen("d");
    assertThat(names("d", 10)).isEmpty();
    view.removeDirectory(at("d"), ROOT);
    assertRemoved("d", theirs);
  }

  @Test
  void removed_theUnionOfADirectory_isNoConflict() throws Exception {
    rig.show("d", new Content.Directory(), nas);
    Files.createDirectory(root.resolve("d"));
    view.removeDirectory(at("d"), ROOT);
    assertAbsent("d");
    scan();
    assertAbsent("d");
    assertThat(Judgement.isConflict(state("d"))).isFalse();
  }

  @Test
  void removed_anOlderFileThanAPeerHas_killedBeforeTheCall_isRemoved() throws Exception {
    create("f", "old");
    scan();
    Content.File theirs = followUnseen("f");
    failingCall = "remove";
    assertThatThrownBy(() -> view.remove(at("f"), ROOT)).hasMessageContaining("no remove");
    failingCall = "";
    downloader.close();
    attach(new LocalDisk(root));
    assertAbsent("f");
    scan();
    assertThat(root.resolve("f")).as("the engine takes it").exists();
    assertAbsent("f");
    assertThat(alternatives("f")).containsExactly(theirs);
    create("f", "new");
    scan();
    assertThat(read("f")).isEqualTo("new");
    assertThat(alternatives("f")).containsExactly(theirs);
  }

  @Test
  void peersVersion_ofAFileThatAProgramWrote_isNotified() throws Exception {
    create("f", "mine");
    scan();
    told.clear();
    rig.replace("f", nas.serve("theirs".getBytes(UTF_8)), nas);
    assertThat(told).anyMatch(line -> line.startsWith("entry ") && line.endsWith(" f"));
  }

  @Test
  void peersVersionAndRemoval_ofAFileThatAProgramHasOpen_areNotified() throws Exception {
    Map<String, Content> theirs =
        Map.of("f", nas.serve("theirs".getBytes(UTF_8)), "g", new Content.Absent());
    for (Map.Entry<String, Content> each : theirs.entrySet()) {
      String name = each.getKey();
      try (OpenFile file = view.open(create(name, "mine"))) {
        scan();
        told.clear();
        rig.follow(name, each.getValue(), nas);
        assertThat(told).contains("entry " + at(name).directory() + " " + name);
        assertThat(read(file)).isEqualTo("mine");
      }
    }
  }

  @Test
  void exchange_ofADirectoryWithIndexedNames_isRefused_ofAnyOtherIsMade() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    create("d/inner", "i");
    create("f", "f");
    view.rename(at("d"), at("f"), RenameKind.EXCHANGE, ROOT);
    assertThat(read("f/inner")).isEqualTo("i");
    assertThat(read("d")).isEqualTo("f");
    scan();
    assertErrno(() -> view.rename(at("f"), at("d"), RenameKind.EXCHANGE, ROOT), Errno.EXDEV);
    assertErrno(() -> view.rename(at("d"), at("f"), RenameKind.EXCHANGE, ROOT), Errno.EXDEV);
    assertThat(read("f/inner")).isEqualTo("i");
    view.makeDirectory(at("empty"), FOLDER, ROOT);
    scan();
    view.rename(at("empty"), at("d"), RenameKind.EXCHANGE, ROOT);
    assertThat(read("empty")).isEqualTo("f");
    assertThat(names("d", 10)).isEmpty();
  }

  /** Each name leads to an inode that is there, whatever was renamed, and indexed, before. */
  @Test
  void directoriesThatAreRenamedAndExchanged_whileTheyAreIndexed_keepAllNames() throws Exception {
    long seed = Long.getLong("rooted.seed", 1);
    for (long run = seed; run < seed + Integer.getInteger("rooted.runs", 4); run++) {
      playDirectories(new Random(run), "seed " + run);
    }
  }

  private void playDirectories(Random random, String seed) throws Exception {
    List<String> done = new ArrayList<>();
    for (int step = 0; step < 60; step++) {
      List<String> all = walk("", new ArrayList<>(), seed + " " + done);
      String one = all.get(random.nextInt(all.size()));
      String other = all.get(random.nextInt(all.size()));
      String in = all.size() < 40 ? one : "";
      String fresh = in + (in.isEmpty() ? "" : "/") + "n" + random.nextInt(2);
      String call =
          switch (random.nextInt(10)) {
            case 0, 1 -> "mkdir " + fresh;
            case 2 -> "create " + fresh;
            case 3 -> "rename " + other + " " + fresh;
            case 4 -> "exchange " + one + " " + other;
            case 5 -> "remove " + one;
            case 6 -> "rename " + one + " " + other;
            case 7 -> "scan";
            default -> "look " + random.nextInt(3);
          };
      done.add(call);
      try {
        perform(call);
      } catch (CallFailed | NotFound refused) {
        if (refused instanceof CallFailed failed) {
          assertThat(failed.errno()).as(seed + " " + done).isNotEqualTo(Errno.ESTALE);
        }
      }
    }
  }

  private void perform(String call) throws Exception {
    String[] words = call.split(" ", -1);
    if (words[0].equals("look")) {
      look(Integer.parseInt(words[1]));
      return;
    }
    if (words.length > 1 && (words[1].isEmpty() || words[words.length - 1].isEmpty())) {
      return; // the root
    }
    switch (words[0]) {
      case "mkdir" -> view.makeDirectory(at(words[1]), FOLDER, ROOT);
      case "create" -> create(words[1], words[1]);
      case "rename" -> view.rename(at(words[1]), at(words[2]), RenameKind.REPLACE, ROOT);
      case "exchange" -> view.rename(at(words[1]), at(words[2]), RenameKind.EXCHANGE, ROOT);
      case "remove" -> {
        if (Files.isDirectory(root.resolve(words[1]))) {
          view.removeDirectory(at(words[1]), ROOT);
        } else {
          view.remove(at(words[1]), ROOT);
        }
      }
      default -> scan();
    }
  }

  /** Has the index look at some of the names that the mount told it of. */
  private void look(int kept) throws Exception {
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
  private List<String> walk(String path, List<String> found, String history) throws Exception {
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

  @Test
  void ownChanges_areNotNotified_othersAre() throws Exception {
    Inode made = create("f", "x");
    view.makeDirectory(at("d"), FOLDER, ROOT);
    view.rename(at("f"), at("d/f"), RenameKind.REPLACE, ROOT);
    told.clear();
    Set<RelativePath> own = Set.of(RelativePath.of("d"), RelativePath.of("d/f"));
    hints.touched(own, 1);
    assertThat(own).allMatch(hints::isOwn);
    scan();
    assertThat(told).isEmpty();
    Files.writeString(root.resolve("d/f"), "another program");
    assertThat(hints.isOwn(RelativePath.of("d/f"))).isFalse();
    hints.touched(Set.of(RelativePath.of("d/f")), 2);
    assertThat(told).containsExactly("content " + made);
    told.clear();
    Files.delete(root.resolve("d/f"));
    Files.writeString(root.resolve("d/g"), "");
    hints.touched(Set.of(RelativePath.of("d/f"), RelativePath.of("d/g")), 3);
    assertThat(told).contains("entry " + inode("d") + " f", "entry " + inode("d") + " g");
  }

  @Test
  void manyFiles_madeAtOnce_haveInodesOfTheirOwn() throws Exception {
    Set<Inode> inodes = new TreeSet<>();
    List<String> failed = new ArrayList<>();
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(thread ->
                Thread.ofPlatform()
                    .start(() -> {
                      for (int i = 0; i < 700; i++) {
                        try {
                          Inode made = create("f" + thread + "-" + i, "");
                          synchronized (inodes) {
                            inodes.add(made);
                          }
                        } catch (RealizeException e) {
                          synchronized (inodes) {
                            failed.add(e.oneLine());
                          }
                        }
                      }
                    }))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failed).isEmpty();
    assertThat(inodes).hasSize(2800);
    scan();
    for (int i = 0; i < 700; i += 50) {
      assertThat(inodes).contains(inode("f0-" + i));
    }
  }
}
