package org.realize.sync.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ListAssert;
import org.assertj.core.api.OptionalAssert;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaStore.Effect;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.ArenaWriter.InodeBlock;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.CommitListener;
import org.realize.sync.port.CommitListener.NameChange;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Listed;
import org.realize.sync.port.LostSide;
import org.realize.sync.port.NameHash;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.Totals;
import org.realize.sync.port.TreeRename;

/** The contract of every {@link ArenaStore}. */
public abstract class ArenaStoreContract {

  private static final Rows<String> TEXTS =
      Rows.of("row", 1, RowEncoder::putText, RowDecoder::getText);

  private static final Content ABSENT = new Content.Absent();
  private static final Content DIRECTORY = new Content.Directory();

  /** The store of an arena that no other test uses, the same one during a test. */
  protected abstract ArenaStore store() throws Exception;

  private void put(String path, Content content) throws Exception {
    store()
        .write(writer -> {
          writer.put(PathStates.showing(path, content, 0));
        });
  }

  private <T> T read(ArenaStore.Query<T> query) throws Exception {
    return store().read(query);
  }

  private Set<String> childNames(String directory) throws Exception {
    return read(reader -> reader.children(RelativePath.of(directory)).keySet());
  }

  private long progress(StoreId store) throws Exception {
    return read(reader -> reader.progress(store));
  }

  private <T> OptionalAssert<T> assertOptional(ArenaStore.Query<Optional<T>> query)
      throws Exception {
    Optional<T> found = store().read(query);
    return assertThat(found);
  }

  private <T> ListAssert<T> assertList(ArenaStore.Query<List<T>> query) throws Exception {
    List<T> found = store().read(query);
    return assertThat(found);
  }

  private Optional<Node> find(String path) throws Exception {
    return read(reader -> find(reader, path));
  }

  private static Optional<Node> find(ArenaReader reader, String path) throws RealizeException {
    Optional<Node> at = reader.node(reader.root());
    for (String part : RelativePath.of(path).parts()) {
      if (at.isEmpty()) {
        return at;
      }
      at = reader.child(at.get().inode(), part);
    }
    return at;
  }

  private Inode inode(String path) throws Exception {
    return find(path).orElseThrow().inode();
  }

  @Test
  public void read_newArena_hasAnEmptyRoot() throws Exception {
    Node root = read(reader -> reader.node(reader.root())).orElseThrow();
    assertThat(root.content()).isEqualTo(DIRECTORY);
    assertThat(root.directory()).isEqualTo(root.inode());
    assertThat(root.name()).isEmpty();
    assertList(reader -> reader.list(reader.root(), 0, 10)).isEmpty();
    assertThat(read(ArenaReader::totals)).isEqualTo(Totals.NONE);
    assertThat(read(ArenaReader::headSeq)).isZero();
    assertOptional(reader -> reader.pathOf(reader.root())).contains(RelativePath.ROOT);
  }

  @Test
  public void put_fileInUnknownDirectories_showsThemAll() throws Exception {
    put("a/b/c.txt", PathStates.file(100));
    Node file = find("a/b/c.txt").orElseThrow();
    assertThat(file.content()).isEqualTo(PathStates.file(100));
    assertThat(file.mode()).isEqualTo(0640);
    assertThat(file.mtime()).isEqualTo(FileTime.ofNanos(1_700_000_000_123_456_789L));
    Node directory = find("a/b").orElseThrow();
    assertThat(directory.content()).isEqualTo(DIRECTORY);
    assertThat(directory.mode()).isEqualTo(0755);
    assertThat(file.directory()).isEqualTo(directory.inode());
    assertOptional(reader -> reader.node(file.inode())).contains(file);
    assertOptional(reader -> reader.pathOf(file.inode())).contains(RelativePath.of("a/b/c.txt"));
    assertOptional(reader -> reader.path(RelativePath.of("a/b/c.txt")))
        .contains(PathStates.showing("a/b/c.txt", PathStates.file(100), 0));
    assertOptional(reader -> reader.path(RelativePath.of("a/b"))).isEmpty();
    assertThat(read(ArenaReader::totals)).isEqualTo(new Totals(1, 100, 0, 0, 0));
    assertOptional(reader -> reader.child(file.inode(), "x")).isEmpty();
  }

  @Test
  public void put_tombstoneOfTheLastFile_takesImpliedDirectoriesAway() throws Exception {
    put("a", DIRECTORY);
    put("a/b/c", PathStates.file(1));
    Inode b = inode("a/b");
    put("a/b/c", ABSENT);
    assertThat(find("a/b")).isEmpty();
    assertThat(find("a").orElseThrow().mode()).isEqualTo(0640);
    assertOptional(reader -> reader.node(b)).isEmpty();
    assertOptional(reader -> reader.pathOf(b)).isEmpty();
    assertOptional(reader -> reader.path(RelativePath.of("a/b/c")))
        .contains(PathStates.showing("a/b/c", ABSENT, 0));
    assertThat(read(ArenaReader::totals)).isEqualTo(Totals.NONE);
  }

  @Test
  public void put_removedDirectoryWithLivingChild_staysUntilTheChildGoes() throws Exception {
    put("d", DIRECTORY);
    put("d/file", PathStates.file(1));
    Inode d = inode("d");
    put("d", ABSENT);
    assertThat(find("d").orElseThrow())
        .isEqualTo(
            new Node(
                /* inode= */ d, /* directory= */ inode(""), "d", DIRECTORY, 0640, FileTime.EPOCH));
    put("d/file", ABSENT);
    assertThat(find("d")).isEmpty();
  }

  @Test
  public void put_childBelowAFile_makesItADirectoryAsLongAsItLives() throws Exception {
    put("x", PathStates.file(5));
    Inode file = inode("x");
    put("x/child", PathStates.file(6));
    Node directory = find("x").orElseThrow();
    assertThat(directory.content()).isEqualTo(DIRECTORY);
    assertThat(directory.inode()).isNotEqualTo(file);
    put("x", PathStates.file(7));
    assertThat(find("x")).contains(directory);
    put("x/child", ABSENT);
    Node again = find("x").orElseThrow();
    assertThat(again.content()).isEqualTo(PathStates.file(7));
    assertThat(again.inode()).isNotIn(file, directory.inode());
    assertThat(again.mode()).isEqualTo(0640);
  }

  @Test
  public void put_contentChanges_changesTheInodeAndAttributesDoNot() throws Exception {
    put("f", PathStates.file(5));
    Inode first = inode("f");
    PathState state = PathStates.showing("f", PathStates.file(5), 0);
    store()
        .write(writer -> {
          writer.put(
              new PathState(
                  state.path(),
                  state.shown(),
                  PathStates.metadata(0444, FileTime.ofNanos(3)),
                  null,
                  0,
                  Map.of()));
        });
    assertThat(find("f").orElseThrow().mode()).isEqualTo(0444);
    assertThat(inode("f")).isEqualTo(first);
    put("f", PathStates.file(6));
    assertThat(inode("f")).isNotEqualTo(first);
    put("f", DIRECTORY);
    Inode directory = inode("f");
    put("f", new Content.Link("to"));
    assertThat(inode("f")).isNotIn(first, directory);
    assertThat(find("f").orElseThrow().content()).isEqualTo(new Content.Link("to"));
  }

  private static PathState real(String path, Content content, long fileKey) {
    FileStat stat =
        new FileStat(
            FileStat.Kind.FILE,
            1,
            0640,
            FileTime.ofNanos(5),
            5,
            fileKey,
            1,
            1,
            /* birthNanos= */ 9,
            1);
    PathState state = PathStates.showing(path, content, 0);
    return state.withReal(new RealVersion(state.shown(), stat, 0));
  }

  @Test
  public void put_fileOfTheDiskEditedInPlace_keepsItsInode_aReplacedOneDoesNot() throws Exception {
    List<NameChange> heard = new ArrayList<>();
    store().addListener(changes -> heard.addAll(changes.names()));
    Effect first =
        writer -> {
          writer.put(real("f", PathStates.file(5), 77));
        };
    store().write(first);
    Inode file = inode("f");
    heard.clear();
    Effect edited =
        writer -> {
          writer.put(real("f", PathStates.file(6), 77));
        };
    store().write(edited);
    assertThat(find("f").orElseThrow().content()).isEqualTo(PathStates.file(6));
    assertThat(inode("f")).isEqualTo(file);
    assertThat(heard).containsExactly(new NameChange(inode(""), "f", file, file, true));
    Effect replaced =
        writer -> {
          writer.put(real("f", PathStates.file(7), 78));
        };
    store().write(replaced);
    assertThat(inode("f")).isNotEqualTo(file);
    Inode second = inode("f");
    put("f", PathStates.file(8)); // a peer's
    assertThat(inode("f")).isNotIn(file, second);
  }

  @Test
  public void put_withAnInode_givesItToTheName_andTakesItFromAnotherOne() throws Exception {
    InodeBlock block = store().write((ArenaWriter writer) -> writer.reserveInodes(100));
    assertThat(block.count()).isBetween(1, 100);
    put("other", PathStates.file(1));
    long above = inode("other").value() - block.first().value();
    assertThat(above < 0 || above >= block.count()).isTrue();
    putAs("new", PathStates.file(5), block.first());
    assertThat(inode("new")).isEqualTo(block.first());
    putAs("renamed", PathStates.file(5), block.first());
    assertThat(inode("renamed")).isEqualTo(block.first());
    assertThat(inode("new")).isNotIn(block.first(), inode("other"));
    assertOptional(reader -> reader.pathOf(block.first())).contains(RelativePath.of("renamed"));
    Inode left = inode("new");
    assertOptional(reader -> reader.pathOf(left)).contains(RelativePath.of("new"));
    putAs("renamed", PathStates.file(6), block.first());
    assertThat(inode("renamed")).isEqualTo(block.first());
  }

  @Test
  public void put_withTheInodeOfADirectoryThatHoldsNames_leavesItThere() throws Exception {
    put("d/f", PathStates.file(1));
    put("e/f", PathStates.file(1));
    Inode d = inode("d");
    Inode e = inode("e");
    putAs("new", DIRECTORY, d);
    assertThat(inode("d")).isEqualTo(d);
    assertThat(inode("new")).isNotEqualTo(d);
    putAs("e", DIRECTORY, inode("new"));
    assertThat(inode("e")).isEqualTo(e);
    put("d/f", ABSENT);
    put("gone/f", PathStates.file(1));
    put("gone/f", ABSENT);
    putAs("new", DIRECTORY, d);
    assertThat(inode("new")).isEqualTo(d);
  }

  private void putAs(String path, Content content, Inode inode) throws Exception {
    Effect effect =
        writer -> {
          writer.put(PathStates.showing(path, content, 0), inode);
        };
    store().write(effect);
  }

  @Test
  public void list_manyNames_comesInPagesEachOnceInOrderOfCursors() throws Exception {
    Set<String> names = new HashSet<>();
    for (int batch = 0; batch < 5; batch++) {
      int from = batch * 500;
      store()
          .write(writer -> {
            for (int i = from; i < from + 500; i++) {
              writer.put(PathStates.showing("big/file-" + i, PathStates.file(i), 0));
              names.add("file-" + i);
            }
          });
    }
    Inode big = inode("big");
    List<Listed> all = store().read(reader -> reader.list(big, 0, 10_000));
    assertThat(all)
        .allSatisfy(listed ->
            assertThat(NameHash.ofCursor(listed.cursor()))
                .isEqualTo(NameHash.of(listed.node().name())));
    assertThat(names(big, 7)).hasSize(2500).containsOnlyOnceElementsOf(names);
    assertList(reader -> reader.list(big, 0, 10_000)).hasSize(2500);
    assertThat(childNames("big")).isEqualTo(names);
  }

  private List<String> names(Inode directory, int page) throws Exception {
    List<String> names = new ArrayList<>();
    long cursor = 0;
    while (true) {
      long after = cursor;
      List<Listed> listed = read(reader -> reader.list(directory, after, page));
      for (Listed one : listed) {
        assertThat(one.cursor()).isGreaterThan(cursor).isLessThan(1L << 61);
        cursor = one.cursor();
        names.add(one.node().name());
      }
      if (listed.size() < page) {
        return names;
      }
    }
  }

  @Test
  public void list_whileTheDirectoryGrowsAndShrinks_hasWhatWasThereAllTheTime() throws Exception {
    Set<String> kept = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      put("d/keep-" + i, PathStates.file(i));
      kept.add("keep-" + i);
    }
    Inode d = inode("d");
    List<String> seen = new ArrayList<>();
    long cursor = 0;
    for (int round = 0; ; round++) {
      long after = cursor;
      List<Listed> page = read(reader -> reader.list(d, after, 10));
      for (Listed one : page) {
        cursor = one.cursor();
        seen.add(one.node().name());
      }
      if (page.size() < 10) {
        break;
      }
      int now = round;
      store()
          .write(writer -> {
            for (int i = 0; i < 20; i++) {
              Content content = now % 2 == 0 ? PathStates.file(i) : ABSENT;
              writer.put(PathStates.showing("d/more-" + now / 2 + "-" + i, content, 0));
            }
            int changed = now % 300;
            writer.put(PathStates.showing("d/keep-" + changed, PathStates.file(1000 + now), 0));
          });
    }
    assertThat(seen).doesNotHaveDuplicates().containsAll(kept);
  }

  @Test
  public void feed_pathsThatMove_comeOnceInOrder() throws Exception {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 100; i++) {
        String path = "p" + i;
        boolean skip = round > 0 && i % 3 != 0;
        if (!skip) {
          store()
              .write(writer -> {
                long seq = writer.nextSeq();
                writer.put(PathStates.showing(path, PathStates.file(1), seq));
              });
        }
      }
    }
    assertThat(read(ArenaReader::headSeq)).isEqualTo(168);
    List<PathState> all = read(reader -> reader.feed(0, 1000));
    assertThat(all).hasSize(100);
    assertThat(all).extracting(PathState::announcedSeq).isSorted().doesNotHaveDuplicates();
    List<Long> paged = new ArrayList<>();
    long after = 0;
    while (true) {
      long from = after;
      List<PathState> page = read(reader -> reader.feed(from, 9));
      if (page.isEmpty()) {
        break;
      }
      page.forEach(state -> paged.add(state.announcedSeq()));
      after = page.getLast().announcedSeq();
    }
    assertThat(paged).isEqualTo(all.stream().map(PathState::announcedSeq).toList());
    assertList(reader -> reader.feed(168, 9)).isEmpty();
  }

  @Test
  public void write_thatThrows_changesNothing() throws Exception {
    put("a", PathStates.file(1));
    Inode before = inode("a");
    assertThatThrownBy(() ->
            store()
                .write((ArenaWriter writer) -> {
                  writer.put(PathStates.showing("a", PathStates.file(2), writer.nextSeq()));
                  writer.put(PathStates.showing("b/c", PathStates.file(3), 0));
                  writer.putMark(RelativePath.of("m"), Mark.KEEP);
                  throw new RealizeException.Invalid("no");
                }))
        .isInstanceOf(RealizeException.Invalid.class);
    assertThat(inode("a")).isEqualTo(before);
    assertThat(find("b")).isEmpty();
    assertThat(read(ArenaReader::headSeq)).isZero();
    assertThat(read(ArenaReader::marks)).isEmpty();
  }

  @Test
  public void writeEach_moreThanOneCommit_keepsTheOrderAndWhatWasCommittedBeforeAFailure()
      throws Exception {
    List<String> committed = new ArrayList<>();
    store().addListener(changes -> committed.add(changes.headSeq() + ":" + changes.names().size()));

    assertThatThrownBy(() ->
            store()
                .writeEach(
                    List.of("a", "b", "c", "d", "e"),
                    2,
                    (writer, name) -> {
                      writer.put(PathStates.showing(name, PathStates.file(1), writer.nextSeq()));
                      if (name.equals("e")) {
                        throw new RealizeException.Invalid("no");
                      }
                    }))
        .isInstanceOf(RealizeException.Invalid.class);

    assertThat(committed).containsExactly("2:2", "4:2");
    assertThat(find("d")).isPresent();
    assertThat(find("e")).isEmpty();
  }

  @Test
  public void writeEach_nothing_commitsNothing() throws Exception {
    List<Long> heads = new ArrayList<>();
    store().addListener(changes -> heads.add(changes.headSeq()));

    store().<String>writeEach(List.of(), 2, (writer, name) -> writer.nextSeq());

    assertThat(heads).isEmpty();
  }

  @Test
  public void write_whileRunning_readsWhatItWrote() throws Exception {
    store()
        .write(writer -> {
          writer.put(PathStates.showing("x/y", PathStates.file(1), writer.nextSeq()));
          assertThat(find(writer, "x/y")).isPresent();
          assertThat(writer.feed(0, 5)).hasSize(1);
          assertThat(writer.totals().files()).isEqualTo(1);
          writer.putProgress(PathStates.ONE, 12);
          assertThat(writer.progress(PathStates.ONE)).isEqualTo(12);
        });
    assertThat(progress(PathStates.ONE)).isEqualTo(12);
    assertThat(progress(PathStates.TWO)).isZero();
  }

  @Test
  public void listener_afterCommits_hearsWhatChangedInOrder() throws Exception {
    List<Long> heads = new CopyOnWriteArrayList<>();
    List<NameChange> heard = new CopyOnWriteArrayList<>();
    CommitListener listener =
        changes -> {
          heads.add(changes.headSeq());
          heard.addAll(changes.names());
        };
    store().addListener(listener);
    store()
        .write(writer -> {
          writer.put(PathStates.showing("d/f", PathStates.file(1), writer.nextSeq()));
        });
    Inode root = inode("");
    Inode d = inode("d");
    Inode f = inode("d/f");
    assertThat(heads).containsExactly(1L);
    assertThat(heard)
        .containsExactlyInAnyOrder(
            new NameChange(root, "d", null, d, false), new NameChange(d, "f", null, f, false));
    heard.clear();
    put("d/f", PathStates.file(2));
    assertThat(heard).containsExactly(new NameChange(d, "f", f, inode("d/f"), false));
    heard.clear();
    Inode second = inode("d/f");
    put("d/f", ABSENT);
    assertThat(heard)
        .containsExactlyInAnyOrder(
            new NameChange(d, "f", second, null, false), new NameChange(root, "d", d, null, false));
  }

  @Test
  public void listener_afterAPutOrAMark_hearsOfThePath_alsoWhereNothingIsShownOrAnnounced()
      throws Exception {
    List<CommitListener.CommittedChanges> heard = new CopyOnWriteArrayList<>();
    put("d/f", PathStates.file(1));
    store().addListener(heard::add);
    RelativePath path = RelativePath.of("d/f");
    store()
        .write(writer -> {
          writer.put(writer.path(path).orElseThrow());
          writer.putMark(RelativePath.of("d"), Mark.KEEP);
        });
    store()
        .write(writer -> {
          writer.putMark(RelativePath.of("d"), null);
        });
    store()
        .write(writer -> {
          writer.putProgress(PathStates.ONE, 1);
        });
    assertThat(heard).hasSize(2);
    assertThat(heard.getFirst().paths()).containsExactly(path);
    assertThat(heard.getFirst().marked()).containsExactly(RelativePath.of("d"));
    assertThat(heard.getLast().paths()).isEmpty();
    assertThat(heard.getLast().marked()).containsExactly(RelativePath.of("d"));
  }

  @Test
  public void paths_inPages_comeInPathOrder_deletedOnesToo() throws Exception {
    for (String path : List.of("b", "a/x", "a!", "a", "c/d/e")) {
      put(path, path.equals("b") ? ABSENT : PathStates.file(1));
    }
    List<String> listed = new ArrayList<>();
    RelativePath after = RelativePath.ROOT;
    while (true) {
      RelativePath from = after;
      List<PathState> page = read(reader -> reader.paths(from, 2));
      if (page.isEmpty()) {
        break;
      }
      page.forEach(state -> listed.add(state.path().toString()));
      after = page.getLast().path();
    }
    assertThat(listed).containsExactly("a", "a!", "a/x", "b", "c/d/e");
  }

  /** A peer may say names of 2,000 parts; a walk over them takes no stack for each. */
  @Test
  public void paths_ofAsManyPartsAsNamesHave_areWalkedOnASmallStack() throws Exception {
    String deep = "d/".repeat(2_000) + "f";
    put(deep, PathStates.file(1));
    CompletableFuture<List<PathState>> listed = new CompletableFuture<>();
    Runnable list =
        () -> {
          try {
            listed.complete(read(reader -> reader.paths(RelativePath.ROOT, 2)));
          } catch (Throwable e) {
            listed.completeExceptionally(e);
          }
        };
    new Thread(null, list, "small", 256 << 10).start();
    assertThat(listed.get(30, TimeUnit.SECONDS))
        .extracting(state -> state.path().toString())
        .containsExactly(deep);
  }

  @Test
  public void readers_whileWritersRun_seeWholeCommits() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    List<Throwable> wrong = new CopyOnWriteArrayList<>();
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (!done.get()) {
                  List<Long> sizes =
                      read(rows -> {
                        List<Long> found = new ArrayList<>();
                        for (String path : List.of("a/one", "b/two")) {
                          Optional<Node> node = find(rows, path);
                          found.add(
                              node.isPresent() && node.get().content() instanceof Content.File file
                                  ? file.sizeBytes()
                                  : -1L);
                        }
                        found.add(rows.totals().bytes() / 2);
                        return found;
                      });
                  assertThat(sizes.get(0)).isEqualTo(sizes.get(1));
                  if (sizes.get(0) >= 0) {
                    assertThat(sizes.get(2)).isEqualTo(sizes.get(0));
                  }
                }
              } catch (Throwable e) {
                wrong.add(e);
              }
            });
    for (int i = 0; i < 200; i++) {
      int size = i;
      store()
          .write(writer -> {
            writer.put(PathStates.showing("a/one", PathStates.file(size), 0));
            writer.put(PathStates.showing("b/two", PathStates.file(size), 0));
          });
    }
    done.set(true);
    reader.join();
    assertThat(wrong).isEmpty();
  }

  @Test
  public void reportedBy_inPages_comesInPathOrder() throws Exception {
    List<String> paths = List.of("a", "a!", "a/b", "a/b/c", "a0", "b", "a!/x", "z/y/x", "z");
    for (String path : paths) {
      put(path, path.equals("a0") ? ABSENT : PathStates.file(1));
    }
    List<RelativePath> expected = paths.stream().map(RelativePath::of).sorted().toList();
    List<RelativePath> found = new ArrayList<>();
    RelativePath after = RelativePath.ROOT;
    while (true) {
      RelativePath from = after;
      List<RelativePath> page = read(reader -> reader.reportedBy(PathStates.ONE, from, 2));
      if (page.isEmpty()) {
        break;
      }
      found.addAll(page);
      after = page.getLast();
    }
    assertThat(found).isEqualTo(expected);
    assertList(reader -> reader.reportedBy(PathStates.TWO, RelativePath.ROOT, 9)).isEmpty();
  }

  @Test
  public void smallRows_putAndRemoved_areThereAndGone() throws Exception {
    RelativePath path = RelativePath.of("some/path");
    Finding.Key failed = Finding.Key.of(Finding.FindingKind.FAILED, Finding.Part.DOWNLOAD, path);
    Finding finding = failed.toFinding("no room", 5);
    Finding again = failed.toFinding("still no room", 6);
    Finding other =
        Finding.Key.of(Finding.FindingKind.HELD, Finding.Part.FEED, path).toFinding("too many", 7);
    Finding bobs =
        new Finding(
            Finding.FindingKind.FAILED,
            Finding.FindingSource.feed(new PeerName("bob")),
            path.toString(),
            "bad",
            8);
    store()
        .write(writer -> {
          writer.putMark(path, Mark.OWN);
          writer.putMark(RelativePath.ROOT, Mark.WATCH);
          writer.putFinding(finding);
          writer.putFinding(again);
          writer.putFinding(other);
          writer.putFinding(bobs);
          writer.putRow(TEXTS, "a");
          writer.putRow(TEXTS.at("key"), "b");
        });
    assertThat(read(ArenaReader::marks))
        .isEqualTo(Map.of(path, Mark.OWN, RelativePath.ROOT, Mark.WATCH));
    assertList(reader -> reader.findings(10)).containsExactlyInAnyOrder(again, other, bobs);
    assertList(reader -> reader.findings(1)).hasSize(1);
    assertOptional(reader -> reader.row(TEXTS)).contains("a");
    assertOptional(reader -> reader.row(TEXTS.at("key"))).contains("b");
    assertOptional(reader -> reader.row(TEXTS.at("other"))).isEmpty();
    store()
        .write(writer -> {
          writer.putMark(path, null);
          writer.removeFinding(failed);
          writer.removeRow(TEXTS);
        });
    assertThat(read(ArenaReader::marks)).isEqualTo(Map.of(RelativePath.ROOT, Mark.WATCH));
    assertList(reader -> reader.findings(10)).containsExactlyInAnyOrder(other, bobs);
    assertOptional(reader -> reader.row(TEXTS)).isEmpty();
    assertOptional(reader -> reader.row(TEXTS.at("key"))).contains("b");
  }

  @Test
  public void treeNodes_putAndRemoved_areThereAndGone() throws Exception {
    byte[] node = new byte[32 * 1024];
    node[77] = 7;
    store()
        .write(writer -> {
          writer.putTreeNode(PathStates.hash(1), 1, 0, node);
          writer.putTreeNode(PathStates.hash(1), 1, 3, new byte[32]);
          writer.putTreeNode(PathStates.hash(1), 2, 0, new byte[64]);
          writer.putTreeNode(PathStates.hash(2), 1, 0, new byte[96]);
        });
    assertOptional(reader -> reader.treeNode(PathStates.hash(1), 1, 0)).contains(node);
    assertOptional(reader -> reader.treeNode(PathStates.hash(1), 1, 1)).isEmpty();
    assertOptional(reader -> reader.treeNode(PathStates.hash(1), 2, 0)).contains(new byte[64]);
    store()
        .write(writer -> {
          writer.removeTree(PathStates.hash(1));
        });
    assertOptional(reader -> reader.treeNode(PathStates.hash(1), 1, 3)).isEmpty();
    assertOptional(reader -> reader.treeNode(PathStates.hash(1), 2, 0)).isEmpty();
    assertOptional(reader -> reader.treeNode(PathStates.hash(2), 1, 0)).isPresent();
  }

  @Test
  public void put_sameContentAsBefore_refersToABlobMadeSince() throws Exception {
    put("one", PathStates.file(10));
    store()
        .write(writer -> {
          writer.putBlob(new BlobRow(PathStates.hash(10), 10, 1, ByteRanges.EMPTY));
        });
    assertList(reader -> reader.blobReferences(PathStates.hash(10), 9)).isEmpty();
    put("one", PathStates.file(10));
    assertList(reader -> reader.blobReferences(PathStates.hash(10), 9))
        .containsExactly(RelativePath.of("one"));
  }

  private boolean isReferred(int content, String path) throws Exception {
    return store()
        .<Boolean>read(r -> r.isBlobReferred(PathStates.hash(content), RelativePath.of(path)));
  }

  @Test
  public void blobs_withReferences_followTheShownContent() throws Exception {
    BlobRow blob = new BlobRow(PathStates.hash(10), 10, 1, ByteRanges.EMPTY);
    ByteRanges ranges = ByteRanges.of(0, 3).plus(ByteRanges.of(5, 9));
    BlobRow filled = new BlobRow(PathStates.hash(10), 10, 1, ranges);
    put("one", PathStates.file(10));
    put("dir/two", PathStates.file(20));
    store()
        .write(writer -> {
          assertThat(writer.nextFileId()).isEqualTo(1);
          writer.putBlob(blob);
          writer.addBlobReference(PathStates.hash(10), RelativePath.of("one"));
        });
    assertOptional(reader -> reader.blob(PathStates.hash(10))).contains(blob);
    put("dir/two", PathStates.file(10));
    put("three", PathStates.file(30));
    assertList(reader -> reader.blobReferences(PathStates.hash(10), 9))
        .containsExactlyInAnyOrder(RelativePath.of("one"), RelativePath.of("dir/two"));
    assertList(reader -> reader.blobReferences(PathStates.hash(30), 9)).isEmpty();
    assertThat(isReferred(10, "one")).isTrue();
    assertThat(isReferred(10, "dir/two")).isTrue();
    assertThat(isReferred(10, "three")).isFalse();
    assertThat(isReferred(30, "three")).isFalse();
    assertThat(isReferred(10, "unknown")).isFalse();
    put("one", ABSENT);
    assertThat(isReferred(10, "one")).isFalse();
    assertList(reader -> reader.blobReferences(PathStates.hash(10), 9))
        .containsExactly(RelativePath.of("dir/two"));
    assertThat(unreferenced()).isEmpty();
    put("dir/two", ABSENT);
    store()
        .write(writer -> {
          writer.putBlob(filled);
        });
    assertThat(unreferenced()).containsExactly(filled.info());
    assertThat(read(ArenaReader::blobs)).containsExactly(filled);
    store()
        .write(writer -> {
          writer.removeBlob(PathStates.hash(10));
          assertThat(writer.nextFileId()).isEqualTo(2);
        });
    assertThat(read(ArenaReader::blobs)).isEmpty();
    assertOptional(reader -> reader.blob(PathStates.hash(10))).isEmpty();
  }

  @Test
  public void blobs_byPages_eachComesOnceWithItsUse() throws Exception {
    List<BlobRow> put = new ArrayList<>();
    for (int n = 0; n < 300; n++) {
      BlobUse.Area area = BlobUse.Area.of(n % 3);
      BlobUse use = new BlobUse(area, n, 7 * n, Long.MAX_VALUE - n);
      ByteRanges ranges = ByteRanges.of(n % 4, 5 + n % 3);
      put.add(new BlobRow(PathStates.hash(n), 10, n + 1, ranges, 4_096L * n, use));
    }
    store()
        .write(writer -> {
          for (BlobRow row : put) {
            assertThat(writer.nextFileId()).isEqualTo(row.fileId());
            writer.putBlob(row);
          }
        });
    List<BlobInfo> listed = new ArrayList<>();
    for (long next = BlobPage.START; next != BlobPage.END; ) {
      long after = next;
      BlobPage page = read(reader -> reader.blobPage(after, 7));
      assertThat(page.blobs().size()).isLessThanOrEqualTo(7);
      listed.addAll(page.blobs());
      next = page.next();
    }
    assertThat(listed)
        .containsExactlyInAnyOrderElementsOf(put.stream().map(BlobRow::info).toList());
    assertThat(read(ArenaReader::blobs)).containsExactlyInAnyOrderElementsOf(put);
  }

  @Test
  public void putBlob_withAnotherFile_replacesTheRow() throws Exception {
    BlobRow before = new BlobRow(PathStates.hash(10), 10, 1, ByteRanges.of(0, 9));
    BlobRow now = new BlobRow(PathStates.hash(10), 10, 2, ByteRanges.EMPTY);
    for (BlobRow row : List.of(before, now)) {
      store()
          .write(writer -> {
            writer.putBlob(row);
          });
    }
    assertOptional(reader -> reader.blob(PathStates.hash(10))).contains(now);
    assertThat(read(ArenaReader::blobs)).containsExactly(now);
  }

  private List<BlobInfo> unreferenced() throws Exception {
    List<BlobInfo> unreferenced = new ArrayList<>();
    for (long next = BlobPage.START; next != BlobPage.END; ) {
      long after = next;
      BlobPage page = read(reader -> reader.unreferencedBlobs(after, 2));
      unreferenced.addAll(page.blobs());
      next = page.next();
    }
    return unreferenced;
  }

  private void putBlob(long n, long availableBytes) throws Exception {
    ContentHash hash = PathStates.hash(n);
    store()
        .write(writer -> {
          long fileId = writer.blob(hash).map(BlobRow::fileId).orElse(writer.nextFileId());
          writer.putBlob(new BlobRow(hash, 1_000, fileId, ByteRanges.of(0, availableBytes)));
        });
  }

  private static BlobHold hold(String path, long n, long sinceMillis) {
    return new BlobHold(RelativePath.of(path), PathStates.hash(n), sinceMillis);
  }

  @Test
  public void put_contentBecomesAnAlternative_isStillReferredTo() throws Exception {
    putBlob(10, 50);
    put("f", PathStates.file(10));
    PathState before = PathStates.showing("f", PathStates.file(10), 0);
    Version directory =
        Version.of(new Content.Directory(), VersionVector.of(Map.of(PathStates.TWO, 9L)));
    Report report = new Report(4, before.metadata(), List.of(new Report.Reported(directory, true)));
    store()
        .write(writer -> {
          writer.put(before.withReport(PathStates.TWO, report).withShown(directory));
        });
    assertList(reader -> reader.blobReferences(PathStates.hash(10), 9))
        .containsExactly(RelativePath.of("f"));
    store()
        .write(writer -> {
          writer.put(before.withReports(Map.of(PathStates.TWO, report)).withShown(directory));
        });
    assertList(reader -> reader.blobReferences(PathStates.hash(10), 9)).isEmpty();
  }

  @Test
  public void conflicts_madeAndEnded_areListedAndCounted() throws Exception {
    put("calm", PathStates.file(10));
    for (String path : List.of("dir/f", "g")) {
      PathState before = PathStates.showing(path, PathStates.file(10), 0);
      Version other = Version.of(PathStates.file(11), VersionVector.of(Map.of(PathStates.TWO, 9L)));
      Report report = new Report(4, before.metadata(), List.of(new Report.Reported(other, true)));
      store()
          .write(writer -> {
            writer.put(before.withReport(PathStates.TWO, report));
            writer.put(before.withReport(PathStates.TWO, report));
          });
    }
    assertList(reader -> reader.conflicts(9))
        .containsExactlyInAnyOrder(RelativePath.of("dir/f"), RelativePath.of("g"));
    assertList(reader -> reader.conflicts(1)).hasSize(1);
    assertThat(read(ArenaReader::totals).conflicts()).isEqualTo(2);

    put("g", PathStates.file(12));

    assertList(reader -> reader.conflicts(9)).containsExactly(RelativePath.of("dir/f"));
    assertThat(read(ArenaReader::totals)).isEqualTo(new Totals(3, 32, 0, 0, 1));
  }

  @Test
  public void put_conflictEnds_fileThatLostIsNoted_ifABlobOfItIsHere() throws Exception {
    putBlob(10, 50);
    putBlob(11, 50);
    for (String path : List.of("dir/f", "g", "both")) {
      PathState before = PathStates.showing(path, PathStates.file(10), 0);
      Metadata theirs = PathStates.metadata(0640, new FileTime(-5, 6));
      Version other = Version.of(PathStates.file(11), VersionVector.of(Map.of(PathStates.TWO, 9L)));
      Version absent =
          Version.of(PathStates.file(12), VersionVector.of(Map.of(PathStates.ONE, 9L)));
      Report report = new Report(4, theirs, List.of(new Report.Reported(other, true)));
      Report more = new Report(4, theirs, List.of(new Report.Reported(absent, true)));
      store()
          .write(writer -> {
            writer.put(before.withReport(PathStates.TWO, report).withReport(PathStates.ONE, more));
          });
    }
    assertList(reader -> reader.lostSides(9)).isEmpty();

    put("dir/f", PathStates.file(10));
    put("g", ABSENT);

    Metadata of = PathStates.showing("g", PathStates.file(10), 0).metadata();
    LostSide lost =
        new LostSide(RelativePath.of("dir/f"), PathStates.hash(11), 0640, new FileTime(-5, 6));
    RelativePath g = RelativePath.of("g");
    assertList(reader -> reader.lostSides(9))
        .containsExactlyInAnyOrder(
            lost,
            new LostSide(g, PathStates.hash(11), 0640, new FileTime(-5, 6)),
            new LostSide(g, PathStates.hash(10), of.mode(), of.mtime()));
    assertList(reader -> reader.lostSides(1)).hasSize(1);

    store()
        .write(writer -> {
          writer.removeLostSide(lost);
          writer.removeLostSide(
              new LostSide(RelativePath.of("none"), PathStates.hash(11), 0, FileTime.EPOCH));
        });
    assertList(reader -> reader.lostSides(9)).hasSize(2).doesNotContain(lost);
  }

  @Test
  public void put_contentIsReplaced_holdsItsBlobForTheNewOne() throws Exception {
    putBlob(10, 50);
    put("dir/a", PathStates.file(10));
    put("none", PathStates.file(11));
    put("dir/a", PathStates.file(20));
    put("none", PathStates.file(21));
    assertList(reader -> reader.blobHolds(9)).containsExactly(hold("dir/a", 10, 0));
    assertOptional(reader -> reader.blobHold(RelativePath.of("dir/a")))
        .contains(hold("dir/a", 10, 0));
    assertOptional(reader -> reader.blobHold(RelativePath.of("none"))).isEmpty();
    assertOptional(reader -> reader.blobHold(RelativePath.of("unknown/path"))).isEmpty();
    assertThat(unreferenced()).isEmpty();
    assertList(reader -> reader.blobReferences(PathStates.hash(10), 9)).isEmpty();
    put("dir/a", PathStates.file(20));
    assertList(reader -> reader.blobHolds(9)).hasSize(1);
  }

  @Test
  public void put_heldContentOrNoFile_endsTheHold() throws Exception {
    putBlob(10, 50);
    for (Content next : new Content[] {PathStates.file(10), ABSENT, DIRECTORY}) {
      put("a", PathStates.file(10));
      put("a", PathStates.file(20));
      assertList(reader -> reader.blobHolds(9)).containsExactly(hold("a", 10, 0));
      put("a", next);
      assertList(reader -> reader.blobHolds(9)).isEmpty();
    }
    assertThat(unreferenced()).hasSize(1);
  }

  @Test
  public void put_replacedAgain_holdsTheBlobWithMoreBytes() throws Exception {
    putBlob(10, 50);
    putBlob(20, 40);
    putBlob(30, 50);
    put("a", PathStates.file(10));
    put("a", PathStates.file(20));
    put("a", PathStates.file(30));
    assertList(reader -> reader.blobHolds(9)).containsExactly(hold("a", 10, 0));
    assertThat(unreferenced()).extracting(BlobInfo::hash).containsExactly(PathStates.hash(20));
    put("a", PathStates.file(40));
    assertList(reader -> reader.blobHolds(9)).containsExactly(hold("a", 30, 0));
    put("a", PathStates.file(50));
    assertList(reader -> reader.blobHolds(9)).containsExactly(hold("a", 30, 0));
  }

  @Test
  public void blobHold_notedAndEnded_onlyWhileThePathHasIt() throws Exception {
    putBlob(10, 50);
    put("a", PathStates.file(10));
    put("a", PathStates.file(20));
    store()
        .write(writer -> {
          writer.putBlobHold(hold("a", 11, 5));
          writer.putBlobHold(hold("b", 10, 5));
          writer.removeBlobHold(hold("a", 11, 0));
          writer.removeBlobHold(hold("b", 10, 0));
          writer.putBlobHold(hold("a", 10, 7));
        });
    assertList(reader -> reader.blobHolds(9)).containsExactly(hold("a", 10, 7));
    store()
        .write(writer -> {
          writer.removeBlobHold(hold("a", 10, 0));
        });
    assertList(reader -> reader.blobHolds(9)).isEmpty();
    assertThat(unreferenced()).hasSize(1);
  }

  @Test
  public void put_stateOfTheRoot_setsItsMode() throws Exception {
    put("", DIRECTORY);
    assertThat(find("").orElseThrow().mode()).isEqualTo(0640);
    assertOptional(reader -> reader.path(RelativePath.ROOT))
        .contains(PathStates.showing("", DIRECTORY, 0));
  }

  @Test
  public void put_namesOfEveryKind_comeBackAsTheyWere() throws Exception {
    String longName = "x".repeat(255);
    List<String> odd = List.of("a:b\\c", "ä", "a\u0308", "𝄞", " ", "\n", longName, "A", "a");
    for (String name : odd) {
      put("odd/" + name, PathStates.file(1));
    }
    assertThat(names(inode("odd"), 100)).containsExactlyInAnyOrderElementsOf(odd);
    assertThat(childNames("odd")).containsExactlyInAnyOrderElementsOf(odd);
    assertThat(find("odd/" + longName)).isPresent();
  }

  @Test
  public void put_realFiles_areCounted() throws Exception {
    PathState shown = PathStates.showing("f", PathStates.file(9), 0);
    Version version = shown.shown();
    PathState real =
        new PathState(
            shown.path(),
            version,
            shown.metadata(),
            new RealVersion(version, null, 3),
            0,
            Map.of());
    store()
        .write(writer -> {
          writer.put(real);
        });
    assertThat(read(ArenaReader::totals)).isEqualTo(new Totals(1, 9, 1, 9, 0));
    put("f", PathStates.file(9));
    assertThat(read(ArenaReader::totals)).isEqualTo(new Totals(1, 9, 0, 0, 0));
  }

  // ---- renames of directories

  private static TreeRename rename(String from, String to) {
    return new TreeRename(RelativePath.of(from), RelativePath.of(to), PathStates.TWO, 1_000);
  }

  private void renameTree(String from, String to) throws Exception {
    store()
        .write(writer -> {
          writer.renameTree(rename(from, to));
        });
  }

  /** Does all steps, each path by itself; returns their number. */
  private int advance() throws Exception {
    int steps = 0;
    boolean isLeft = true;
    while (isLeft) {
      isLeft = store().write((ArenaWriter writer) -> writer.advanceRenames(1));
      steps++;
    }
    return steps;
  }

  private Content shownAt(String path) throws Exception {
    return read(reader -> reader.path(RelativePath.of(path)))
        .map(state -> state.shown().content())
        .orElse(ABSENT);
  }

  private void assertRenamed() throws Exception {
    assertThat(find("d")).isEmpty();
    assertThat(shownAt("d/a")).isEqualTo(ABSENT);
    assertThat(shownAt("d/sub/b")).isEqualTo(ABSENT);
    assertThat(shownAt("new/e")).isEqualTo(DIRECTORY);
    assertThat(shownAt("new/e/a")).isEqualTo(PathStates.file(1));
    assertThat(shownAt("new/e/sub/b")).isEqualTo(PathStates.file(2));
    PathState moved = read(reader -> reader.path(RelativePath.of("new/e/sub/b"))).orElseThrow();
    assertThat(moved.shown().from()).isEqualTo(RelativePath.of("d/sub/b"));
    assertThat(moved.metadata().mode()).isEqualTo(0640);
    assertThat(childNames("new/e")).contains("a");
    assertThat(childNames("new/e/sub")).containsExactly("b");
    assertThat(read(ArenaReader::totals).files()).isEqualTo(2);
  }

  @Test
  public void renameTree_takesAllAlong_atOnce_andStepsChangeNothingThatIsVisible()
      throws Exception {
    put("d", DIRECTORY);
    put("d/a", PathStates.file(1));
    put("d/sub/b", PathStates.file(2));
    put("d/gone", ABSENT);
    Inode directory = inode("d");
    Inode deep = inode("d/sub/b");
    List<NameChange> names = new CopyOnWriteArrayList<>();
    store().addListener(changes -> names.addAll(changes.names()));
    renameTree("d", "new/e");
    assertRenamed();
    assertThat(inode("new/e")).isEqualTo(directory);
    assertThat(inode("new/e/sub/b")).isEqualTo(deep);
    assertOptional(reader -> reader.pathOf(deep)).contains(RelativePath.of("new/e/sub/b"));
    assertThat(names).isNotEmpty();
    names.clear();
    int steps = advance();
    assertThat(steps).isPositive();
    assertThat(names).isEmpty();
    assertRenamed();
    assertThat(inode("new/e/sub/b")).isEqualTo(deep);
    assertList(ArenaReader::renames).isEmpty();
    List<String> announced =
        read(reader -> reader.feed(0, 100)).stream().map(state -> state.path().toString()).toList();
    assertThat(announced)
        .containsSubsequence("new/e", "d", "new/e/a", "d/a")
        .containsSubsequence("new/e", "new/e/sub/b", "d/sub/b")
        .doesNotContain("d/gone", "new/e/gone");
  }

  @Test
  public void renameTree_whatIsOnTheDiskGoesAlong_underItsOldStat() throws Exception {
    PathState local = PathStates.showing("d/a", PathStates.file(1), 0);
    FileStat stat = PathStates.stat(FileStat.Kind.FILE, new SplittableRandom(1));
    store()
        .write(writer -> {
          writer.put(local.withReal(new RealVersion(local.shown(), stat, 5)));
        });
    renameTree("d", "e");
    for (int look = 0; look < 2; look++) {
      PathState moved = read(reader -> reader.path(RelativePath.of("e/a"))).orElseThrow();
      assertThat(moved.isReal(PathStates.file(1))).isTrue();
      assertThat(moved.realStat()).isEqualTo(stat);
      assertThat(moved.shown().vector().counter(PathStates.TWO)).isEqualTo(1_000);
      PathState left = read(reader -> reader.path(RelativePath.of("d/a"))).orElseThrow();
      assertThat(left.realStat()).isNull();
      assertThat(left.shown().isTombstone()).isTrue();
      assertThat(left.shown().vector().compare(local.shown().vector()))
          .isEqualTo(VersionVector.Order.AFTER);
      assertThat(read(ArenaReader::totals).realFiles()).isEqualTo(1);
      int ignored = advance();
    }
  }

  @Test
  public void put_belowARenamedDirectory_comesAfterTheRename() throws Exception {
    put("d/a", PathStates.file(1));
    put("d/b", PathStates.file(2));
    renameTree("d", "e");
    PathState tombstone = read(reader -> reader.path(RelativePath.of("d/a"))).orElseThrow();
    store()
        .write(writer -> {
          PathState before = writer.path(RelativePath.of("d/a")).orElseThrow();
          assertThat(before.shown()).isEqualTo(tombstone.shown());
          writer.put(before.withShown(Version.of(PathStates.file(3), before.shown().vector())));
          writer.put(PathStates.showing("d/new", PathStates.file(4), 0));
          writer.put(PathStates.showing("e/b", PathStates.file(5), 0));
        });
    for (int look = 0; look < 2; look++) {
      assertThat(shownAt("d/a")).isEqualTo(PathStates.file(3));
      assertThat(shownAt("e/a")).isEqualTo(PathStates.file(1));
      assertThat(shownAt("d/new")).isEqualTo(PathStates.file(4));
      assertThat(shownAt("d/b")).isEqualTo(ABSENT);
      assertThat(shownAt("e/b")).isEqualTo(PathStates.file(5));
      assertThat(find("d/a")).isPresent();
      assertThat(find("d/b")).isEmpty();
      int ignored = advance();
    }
  }

  @Test
  public void renameTree_overANameWithVisibleNames_takesThoseAway_andBackAgain() throws Exception {
    put("d/a", PathStates.file(1));
    put("e/sub/old", PathStates.file(2));
    renameTree("d", "e");
    assertThat(find("e/sub")).isEmpty();
    assertThat(find("e/a")).isPresent();
    int ignored = advance();
    renameTree("e", "d");
    int more = advance();
    assertThat(more).isPositive();
    assertThat(find("d/a")).isPresent();
    assertThat(find("e/a")).isEmpty();
    assertThat(shownAt("d/a")).isEqualTo(PathStates.file(1));
    assertThat(shownAt("e/a")).isEqualTo(ABSENT);
  }

  @Test
  public void renameTree_blobsAreReferredToByTheNewName() throws Exception {
    put("d/a", PathStates.file(1));
    store()
        .write(writer -> {
          writer.putBlob(
              new BlobRow(PathStates.hash(1), 1, writer.nextFileId(), ByteRanges.of(0, 1)));
          writer.addBlobReference(PathStates.hash(1), RelativePath.of("d/a"));
        });
    renameTree("d", "e");
    for (int look = 0; look < 2; look++) {
      assertList(reader -> reader.blobReferences(PathStates.hash(1), 9))
          .containsExactly(RelativePath.of("e/a"));
      boolean isReferred = read(r -> r.isBlobReferred(PathStates.hash(1), RelativePath.of("e/a")));
      assertThat(isReferred).isTrue();
      int ignored = advance();
    }
  }

  @Test
  public void fits_pathsBelowWouldBeTooLong_isFalse() throws Exception {
    String part = "x".repeat(250);
    String deep = "d" + ("/" + part).repeat(16);
    put(deep, PathStates.file(1));
    assertThat(fits("d", "e")).isTrue();
    assertThat(fits("d", part)).isFalse();
    put("f/short", PathStates.file(1));
    assertThat(fits("f", part)).isTrue();
  }

  private boolean fits(String from, String to) throws Exception {
    return read(reader -> reader.fits(RelativePath.of(from), RelativePath.of(to)));
  }
}
