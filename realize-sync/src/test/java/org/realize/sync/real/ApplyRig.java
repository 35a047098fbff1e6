package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.Finding;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.UserFiles;

/**
 * A root with one indexed file, a user, and a disk that notices every call. The file lies in the
 * directory {@code d}, which may be a place of its own.
 */
final class ApplyRig {
  static final String FILE = "d/f";
  static final RelativePath PATH = RelativePath.of(FILE);
  static final String OLD = "the old1";
  static final String NEW = "the new2";

  /** The other name of a rename. */
  static final RelativePath TARGET = RelativePath.of("d/g");

  static final String ABSENT = "absent";
  static final RealChange.Attributes ATTRIBUTES =
      new RealChange.Attributes(0740, new FileTime(1_500_000_000, 0));

  /** An event before a call of the disk. */
  interface Before {
    void call(int number) throws IOException;

    default void call(int number, String method) throws IOException {
      call(number);
    }
  }

  final ManualTime time;
  final Disk disk;
  final UserFiles files;
  final ArenaStore store;
  final FileStat indexed;
  private final @Nullable FileStat fetched;
  private final Operation operation;
  final ApplyUser user;

  /** The place of the file. */
  final RelativePath place;

  /** Looked at where the file is in a place of its own. */
  final Places places;

  private final List<String> reports = new ArrayList<>();
  private int calls;

  /** On a heap disk, whose power counts the commits of the store, too. */
  static ApplyRig on(MemoryDisk disk, ManualTime time) throws IOException, RealizeException {
    return on(disk, time, Operation.REPLACE);
  }

  static ApplyRig on(MemoryDisk disk, ManualTime time, Operation operation)
      throws IOException, RealizeException {
    return new ApplyRig(disk, disk.user(), time, operation, store -> new PoweredStore(store, disk));
  }

  ApplyRig(Disk disk, UserFiles files, ManualTime time, UnaryOperator<ArenaStore> wrapped)
      throws IOException, RealizeException {
    this(disk, files, time, Operation.REPLACE, wrapped);
  }

  ApplyRig(
      Disk disk,
      UserFiles files,
      ManualTime time,
      Operation operation,
      UnaryOperator<ArenaStore> wrapped)
      throws IOException, RealizeException {
    this.operation = operation;
    this.disk = disk;
    this.files = files;
    this.time = time;
    Random random = new Random(1);
    GlobalStore global = new MemoryGlobalStore(random);
    ArenaName arena = new ArenaName("photos");
    store = wrapped.apply(global.arena(arena));
    RelativePath directory = RelativePath.of("d");
    if (disk.stat(directory).isEmpty()) {
      files.createDirectory("d");
    }
    if (operation == Operation.REMOVE_DIRECTORY) {
      files.createDirectory(FILE);
    } else if (!operation.creates()) {
      files.write(FILE, bytes(OLD));
    }
    place = Places.holding(disk, PATH);
    places = new Places(disk, store, new Ownership(arena, global, "here"), time, random);
    establish(disk, places, place);
    Optional<FileStat> there = disk.stat(PATH);
    indexed = there.orElseGet(ApplyRig::noFile);
    boolean isFile = indexed.kind() == Kind.FILE;
    user = new ApplyUser(disk, files, FILE, isFile ? Set.of(OLD) : Set.of());
    PathState state = PathStates.showing(FILE, isFile ? file(OLD) : new Content.Directory(), 1);
    RealVersion real = new RealVersion(state.shown(), indexed, Long.MAX_VALUE);
    store.write(writer -> {
      writer.put(there.isPresent() ? state.withReal(real) : state);
      writer.put(PathStates.showing(TARGET.toString(), file(OLD), 2));
    });
    store.force();
    fetched = operation.adopts() ? fetch() : null;
    time.advance(Duration.ofMinutes(1));
  }

  /** Leaves the new content where it would have been collected. */
  private FileStat fetch() throws IOException {
    try (DiskFile file = new PartialFiles(disk).openFetched(PATH)) {
      file.write(ByteBuffer.wrap(bytes(NEW)), 0);
      file.force();
      return file.stat();
    }
  }

  /** Looks at a place of the root, durably. */
  static void establish(Disk disk, Places places, RelativePath place)
      throws IOException, RealizeException {
    if (!place.isRoot()) {
      places.observe();
      FileStat above = disk.stat(RelativePath.ROOT).orElseThrow();
      Places.PathStep step = places.step(above, place, disk.stat(place).orElseThrow(), false);
      assertThat(step).isEqualTo(Places.PathStep.PLACE);
      disk.forceFileSystem(RelativePath.ROOT);
    }
    disk.forceFileSystem(place);
  }

  /** Something new at the target, something in it, and a new version of the file. */
  List<RealChange> batch() throws RealizeException {
    RelativePath inside = TARGET.child("inside");
    Content content = file(NEW);
    RealChange.Builder builder = made -> made.write(ByteBuffer.wrap(bytes(NEW)), 0);
    store.write(writer -> {
      writer.put(PathStates.showing(inside.toString(), content, 3));
    });
    return List.of(
        new RealChange.Create(
            TARGET,
            Operation.version(new Content.Directory()),
            new RealChange.Attributes(0550, ATTRIBUTES.mtime()),
            builder),
        new RealChange.Create(inside, Operation.version(content), ATTRIBUTES, builder),
        Operation.UPDATE.change(indexed, null));
  }

  private static FileStat noFile() {
    return new FileStat(Kind.OTHER, 0, 0, new FileTime(0, 0), 0, 0, 0, 0, 0, 0);
  }

  static Content file(String text) {
    return new Content.File(TreeHasher.hash(bytes(text)), text.length());
  }

  /** One kind of change. */
  enum Operation {
    REPLACE,
    UPDATE,
    /** By a file that was fetched. */
    ADOPT,
    ADOPT_NEW,
    CREATE,
    CREATE_LINK,
    CREATE_DIRECTORY,
    REMOVE,
    REMOVE_DIRECTORY,
    RENAME,
    SET_ATTRIBUTES;

    boolean creates() {
      return switch (this) {
        case CREATE, CREATE_LINK, CREATE_DIRECTORY, ADOPT_NEW -> true;
        case REPLACE, UPDATE, ADOPT, REMOVE, REMOVE_DIRECTORY, RENAME, SET_ATTRIBUTES -> false;
      };
    }

    boolean adopts() {
      return this == ADOPT || this == ADOPT_NEW;
    }

    /** The change, of what is indexed, by what was fetched. */
    RealChange change(FileStat indexed, @Nullable FileStat fetched) {
      RealChange.Builder builder = made -> made.write(ByteBuffer.wrap(bytes(NEW)), 0);
      return switch (this) {
        case REPLACE -> new RealChange.Replace(PATH, indexed, null, null, builder);
        case UPDATE ->
            new RealChange.Replace(PATH, indexed, version(file(NEW)), ATTRIBUTES, builder);
        case ADOPT -> new RealChange.Adopt(PATH, indexed, version(file(NEW)), ATTRIBUTES, fetched);
        case ADOPT_NEW -> new RealChange.Adopt(PATH, null, version(file(NEW)), ATTRIBUTES, fetched);
        case CREATE -> new RealChange.Create(PATH, version(file(NEW)), ATTRIBUTES, builder);
        case CREATE_LINK ->
            new RealChange.Create(PATH, version(new Content.Link("to")), ATTRIBUTES, builder);
        case CREATE_DIRECTORY ->
            new RealChange.Create(PATH, version(new Content.Directory()), ATTRIBUTES, builder);
        case REMOVE, REMOVE_DIRECTORY ->
            new RealChange.Remove(PATH, indexed, version(new Content.Absent()));
        case RENAME ->
            new RealChange.Rename(
                PATH, TARGET, indexed, version(new Content.Absent()), version(file(OLD)));
        case SET_ATTRIBUTES -> new RealChange.SetAttributes(PATH, indexed, ATTRIBUTES);
      };
    }

    static Version version(Content content) {
      return Version.of(content, VersionVector.EMPTY.with(PathStates.TWO, 9));
    }

    /** The name after the change, as {@link ApplyRig#seen()} shows it. */
    String after(String before) {
      return switch (this) {
        case REPLACE -> before.replace(OLD, NEW);
        case UPDATE, CREATE, ADOPT, ADOPT_NEW -> NEW + " 740";
        case CREATE_LINK -> "-> to";
        case CREATE_DIRECTORY -> "directory 740";
        case REMOVE, REMOVE_DIRECTORY, RENAME -> ABSENT;
        case SET_ATTRIBUTES -> OLD + " 740";
      };
    }
  }

  ApplyOutcome apply(Before before) throws IOException, RealizeException, InterruptedException {
    return apply(life(before));
  }

  ApplyOutcome apply(Real life) throws IOException, RealizeException, InterruptedException {
    return life.apply().apply(operation.change(indexed, fetched));
  }

  /** What is at the name: the content of a file, with the mode; the target of a link. */
  String seen() throws IOException {
    return seen(disk, files, PATH);
  }

  static String seen(Disk disk, UserFiles files, RelativePath path) throws IOException {
    Optional<FileStat> now = disk.stat(path);
    if (now.isEmpty()) {
      return ABSENT;
    }
    String mode = " " + Integer.toOctalString(now.get().mode());
    return switch (now.get().kind()) {
      case FILE -> new String(files.read(path.toString()), StandardCharsets.UTF_8) + mode;
      case DIRECTORY -> "directory" + mode;
      case LINK -> "-> " + disk.readLink(path);
      case OTHER -> "other";
    };
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Real real(Disk seen) throws RealizeException {
    return new Real(seen, RootCapabilities.FULL, store, time);
  }

  /** A life of the program in which something may happen before each call of the disk. */
  Real life(Before before) throws RealizeException {
    return real(noticing(disk, () -> calls++, before));
  }

  /** The disk as the program has it: something may happen before each of its calls. */
  static Disk noticing(Disk disk, IntSupplier number, Before before) {
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (_, method, arguments) -> {
              before.call(number.getAsInt(), method.getName());
              try {
                return method.invoke(disk, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  ApplyOutcome replace(Before before) throws IOException, RealizeException, InterruptedException {
    return replace(life(before));
  }

  ApplyOutcome replace(Real real) throws IOException, RealizeException, InterruptedException {
    return real.apply().replace(PATH, indexed, made -> made.write(ByteBuffer.wrap(bytes(NEW)), 0));
  }

  Trash.TrashOutcome take(Before before) throws IOException, RealizeException {
    return life(before).trash().take(PATH, indexed, false);
  }

  void resume() throws IOException, RealizeException {
    real(disk).resume();
  }

  /** The trash is looked at, as a daemon does that runs for a while. */
  void look() throws IOException, RealizeException {
    look(real(disk));
  }

  void look(Real real) throws IOException, RealizeException {
    time.advance(Duration.ofMinutes(2));
    upkeep(real);
    listReports();
  }

  void listReports() throws RealizeException {
    for (Finding finding : store.<List<Finding>>read(reader -> reader.findings(100))) {
      reports.add(finding.subject() + ": " + finding.cause());
    }
  }

  /** Does all of the upkeep that is due. */
  static void upkeep(Real real) throws IOException, RealizeException {
    boolean isMoreDue = true;
    while (isMoreDue) {
      isMoreDue = real.step();
    }
  }

  List<String> reports() {
    return reports;
  }

  boolean hasIntents() throws RealizeException {
    return !store.<List<ApplyIntent>>read(ApplyIntent::read).isEmpty();
  }

  @Nullable String shown() throws IOException {
    Optional<FileStat> now = disk.stat(PATH);
    if (now.isEmpty() || now.get().kind() != Kind.FILE) {
      return null;
    }
    return new String(files.read(FILE), StandardCharsets.UTF_8);
  }

  /** The contents of all files, by path. */
  Map<String, String> contents() throws IOException {
    return contents(disk, files);
  }

  static Map<String, String> contents(Disk disk, UserFiles files) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    collect(disk, files, RelativePath.ROOT, contents);
    return contents;
  }

  private static void collect(
      Disk disk, UserFiles files, RelativePath directory, Map<String, String> contents)
      throws IOException {
    for (Disk.Entry entry : disk.entries(directory).entries()) {
      RelativePath path = directory.child(entry.name());
      if (entry.stat().kind() == Kind.DIRECTORY) {
        collect(disk, files, path, contents);
      } else if (entry.stat().kind() == Kind.LINK) {
        contents.put(path.toString(), "-> " + disk.readLink(path));
      } else {
        byte[] read = files.read(path.toString());
        contents.put(path.toString(), new String(read, StandardCharsets.UTF_8));
      }
    }
  }

  /** What the store says of the file. */
  RealVersion indexedNow() throws RealizeException {
    return indexedNow(PATH).orElseThrow();
  }

  Optional<RealVersion> indexedNow(RelativePath path) throws RealizeException {
    return store.<Optional<PathState>>read(reader -> reader.path(path)).map(PathState::real);
  }

  /** Every content of the user is somewhere, and one that is only in the trash is listed. */
  void requireNothingLost(String when) throws IOException, RealizeException {
    Map<String, String> all = contents();
    assertThat(all.values()).as(when).containsAll(user.live());
    Set<String> outside = new TreeSet<>();
    all.forEach((path, content) -> {
      if (!PlaceId.isOwn(RelativePath.of(path))) {
        outside.add(content);
      }
    });
    for (String content : user.live()) {
      if (!outside.contains(content) && !content.equals(OLD)) {
        assertThat(reports).as("%s: '%s' is only in the trash", when, content).isNotEmpty();
      }
    }
    assertThat(hasIntents()).as(when).isFalse();
    assertThat(all.keySet())
        .as(when)
        .noneMatch(path ->
            path.contains(PartialFiles.DIRECTORY + "/")
                && !(operation.adopts() && path.endsWith(PartialFiles.FETCHED)));
  }

  /** What is in the trash of the file's place. */
  Collection<String> trashed() throws IOException {
    TreeMap<String, String> trash = new TreeMap<>(contents());
    String directory = Trash.directory(place) + "/";
    trash.keySet().removeIf(path -> !path.startsWith(directory) || path.endsWith(".list"));
    return trash.values();
  }
}
