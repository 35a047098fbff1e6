package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.PartialFiles;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PathStates;

/** A file that was collected elsewhere gets what a new one gets in the directory that it is for. */
final class AdoptedFileTest {

  private static final byte[] BYTES = "content".getBytes(StandardCharsets.UTF_8);
  private static final RealChange.Attributes ATTRIBUTES =
      new RealChange.Attributes(0660, new FileTime(1_500_000_000, 0));

  @TempDir private Path directory;

  @Test
  void adopt_newFile_hasGroupAndAclOfOneThatIsCreatedThere() throws Exception {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    LocalDiskTest.setDefaultAcl(shared, 1234, 6);
    if ("root".equals(System.getProperty("user.name"))) {
      Files.setAttribute(shared, "unix:gid", 2345);
      Files.setAttribute(shared, "unix:mode", 02775);
    }
    LocalDisk disk = new LocalDisk(directory);
    ArenaStore store =
        new MemoryGlobalStore(new SplittableRandom(1)).arena(new ArenaName("photos"));
    Real real = new Real(disk, RootCapabilities.FULL, store, new SystemTimeSource());
    RelativePath adopted = RelativePath.of("shared/adopted");
    RelativePath created = RelativePath.of("shared/created");
    Content content = new Content.File(TreeHasher.hash(BYTES), BYTES.length);
    FileStat fetched;
    try (DiskFile file = new PartialFiles(disk).openFetched(adopted)) {
      file.write(ByteBuffer.wrap(BYTES), 0);
      fetched = file.stat();
    }
    assertThat(
            real.apply()
                .apply(
                    new RealChange.Adopt(
                        adopted, null, version(store, adopted, content), ATTRIBUTES, fetched)))
        .isEqualTo(ApplyOutcome.DONE);
    assertThat(
            real.apply()
                .apply(
                    new RealChange.Create(
                        created,
                        version(store, created, content),
                        ATTRIBUTES,
                        made -> made.write(ByteBuffer.wrap(BYTES), 0))))
        .isEqualTo(ApplyOutcome.DONE);
    assertThat(Files.readAllBytes(disk.root().resolve(adopted.toString()))).isEqualTo(BYTES);
    assertThat(LocalDiskTest.inherited(disk.root().resolve(adopted.toString())))
        .isEqualTo(LocalDiskTest.inherited(disk.root().resolve(created.toString())));
    assertThat(directory.resolve(".realize/partial")).isEmptyDirectory();
  }

  private static Version version(ArenaStore store, RelativePath path, Content content)
      throws Exception {
    PathState state = PathStates.showing(path.toString(), content, 1);
    store.write(writer -> {
      writer.put(state);
    });
    return state.shown();
  }
}
