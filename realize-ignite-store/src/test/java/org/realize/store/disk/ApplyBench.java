package org.realize.store.disk;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.ApplyResult;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PathStates;

/**
 * Times that small files are made, replaced and removed in batches of {@link ApplyProtocol}. Run by
 * hand: {@code ApplyBench DIRECTORY STATE FILES ROUNDS}, which fills {@code DIRECTORY/N} in round
 * N, a hundred files to a directory, and keeps its store on Ignite below STATE, or on the heap when
 * STATE is {@code -}.
 */
final class ApplyBench {
  private static final int FILE_BYTES = 4096;
  private static final int PER_DIRECTORY = 100;
  private static final RealChange.Attributes ATTRIBUTES =
      new RealChange.Attributes(0755, new FileTime(1_700_000_000, 0));

  private ApplyBench() {}

  public static void main(String[] args) throws Exception {
    int files = Integer.parseInt(args[2]);
    for (int round = 0; round < Integer.parseInt(args[3]); round++) {
      Path root = Files.createDirectories(Path.of(args[0]).resolve(Integer.toString(round)));
      try (GlobalStore global = store(args[1], round)) {
        ArenaStore store = global.arena(new ArenaName("bench"));
        Real real =
            new Real(new LocalDisk(root), RootCapabilities.FULL, store, new SystemTimeSource());
        List<RealChange> changes = changes(files);
        store.writeEach(
            changes,
            ApplyProtocol.MAX_CHANGES,
            (writer, change) -> {
              if (change instanceof RealChange.Create create) {
                Content content = create.version().content();
                String path = change.path().toString();
                writer.put(PathStates.showing(path, content, writer.nextSeq()));
              }
            });
        store.force();
        apply("create", real.apply(), changes, round);
        List<RealChange> replaced = new ArrayList<>();
        List<RealChange> removed = new ArrayList<>();
        for (RealChange change : changes) {
          replaced.addAll(replacement(change, store));
        }
        apply("replace", real.apply(), replaced, round);
        for (RealChange change : changes.reversed()) {
          removed.add(removal(change.path(), store));
        }
        apply("remove", real.apply(), removed, round);
      }
    }
  }

  private static FileStat stat(RelativePath path, ArenaStore store) throws Exception {
    return store
        .<Optional<PathState>>read(reader -> reader.path(path))
        .map(PathState::realStat)
        .orElseThrow();
  }

  private static List<RealChange> replacement(RealChange change, ArenaStore store)
      throws Exception {
    RealChange.Create made = (RealChange.Create) change;
    return made.version().content() instanceof Content.File
        ? List.of(
            new RealChange.Replace(
                made.path(), stat(made.path(), store), made.version(), ATTRIBUTES, made.builder()))
        : List.of();
  }

  private static RealChange removal(RelativePath path, ArenaStore store) throws Exception {
    Version gone = Version.of(new Content.Absent(), VersionVector.of(Map.of(PathStates.TWO, 11L)));
    return new RealChange.Remove(path, stat(path, store), gone);
  }

  private static void apply(
      String what, ApplyProtocol protocol, List<RealChange> changes, int round)
      throws InterruptedException {
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    long user = ManagementFactory.getThreadMXBean().getCurrentThreadUserTime();
    long start = System.nanoTime();
    for (int at = 0; at < changes.size(); at += ApplyProtocol.MAX_CHANGES) {
      int end = Math.min(changes.size(), at + ApplyProtocol.MAX_CHANGES);
      for (ApplyResult result : protocol.applyAll(changes.subList(at, end))) {
        if (!result.equals(new ApplyResult.Concluded(ApplyProtocol.ApplyOutcome.DONE))) {
          throw new IllegalStateException(result.toString());
        }
      }
    }
    double each = 1000.0 * changes.size();
    System.out.printf(
        "round %d, %s: %d names, each %.1f us, CPU of this thread %.1f us, of that %.1f us user%n",
        round,
        what,
        changes.size(),
        (System.nanoTime() - start) / each,
        (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu) / each,
        (ManagementFactory.getThreadMXBean().getCurrentThreadUserTime() - user) / each);
  }

  private static List<RealChange> changes(int files) {
    byte[] bytes = new byte[FILE_BYTES];
    new Random(1).nextBytes(bytes);
    ByteBuffer source = ByteBuffer.wrap(bytes);
    Content content = new Content.File(TreeHasher.hash(bytes), FILE_BYTES);
    List<RealChange> changes = new ArrayList<>();
    for (int file = 0; file < files; file++) {
      RelativePath directory = RelativePath.of("d%04d".formatted(file / PER_DIRECTORY));
      if (file % PER_DIRECTORY == 0) {
        changes.add(create(directory, new Content.Directory(), source));
      }
      changes.add(create(directory.child("file%06d.txt".formatted(file)), content, source));
    }
    return changes;
  }

  private static RealChange create(RelativePath path, Content content, ByteBuffer source) {
    Version version = Version.of(content, VersionVector.of(Map.of(PathStates.TWO, 9L)));
    return new RealChange.Create(
        path, version, ATTRIBUTES, made -> made.write(source.duplicate(), 0));
  }

  private static GlobalStore store(String state, int round) throws Exception {
    return state.equals("-")
        ? new MemoryGlobalStore(new Random(round))
        : IgniteGlobalStore.open(
            Path.of(state).resolve("round" + round),
            new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 256L << 20, 32L << 20),
            new Random(round),
            failure -> {
              throw new IllegalStateException(failure);
            });
  }
}
