package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.Trash;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/** The trash of a plain directory, of which a purge takes what one move put there. */
final class PlainSourceTest {
  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);

  private PlainSource moved(String path, String text) throws Exception {
    disk.user().write(path, text.getBytes(StandardCharsets.UTF_8));
    PlainSource source = new PlainSource("camera", disk, time);
    List<MovedFile> files = source.files().list(Optional.empty(), 10).files();
    assertThat(source.drop(files)).containsOnly(new DropOutcome.Dropped());
    return source;
  }

  /** By name in the trash. */
  private Map<RelativePath, String> trashed() throws Exception {
    Map<RelativePath, String> found = new TreeMap<>();
    if (disk.stat(Trash.DIRECTORY).isPresent()) {
      for (Disk.Entry entry : disk.entries(Trash.DIRECTORY).entries()) {
        if (entry.stat().kind() == FileStat.Kind.DIRECTORY) {
          RelativePath directory = Trash.DIRECTORY.child(entry.name());
          for (String name : disk.list(directory).names()) {
            RelativePath file = directory.child(name);
            found.put(file, new String(disk.user().read(file.toString()), StandardCharsets.UTF_8));
          }
        }
      }
    }
    return found;
  }

  private Collection<String> contents() throws Exception {
    return trashed().values();
  }

  @Test
  void purge_filesOfAnEarlierMove_stay() throws Exception {
    PlainSource earlier = moved("a", "earlier");
    PlainSource later = moved("a", "later");
    PlainSource last = moved("b", "last");
    assertThat(contents()).containsExactlyInAnyOrder("earlier", "later", "last");
    assertThat(later.purge()).isTrue();
    assertThat(contents()).containsExactlyInAnyOrder("earlier", "last");
    assertThat(last.purge()).isTrue();
    assertThat(earlier.purge()).isTrue();
    assertThat(disk.stat(Trash.DIRECTORY)).isEmpty();
  }

  @Test
  void purge_nothingWasMoved_deletesNothing() throws Exception {
    moved("a", "earlier");
    PlainSource other = new PlainSource("camera", disk, time);
    assertThat(other.trashes()).isEmpty();
    assertThat(other.purge()).isTrue();
    assertThat(contents()).containsExactly("earlier");
  }

  /** A late save is nowhere else. */
  @Test
  void purge_fileThatAProgramChangedSince_stays() throws Exception {
    disk.lacks(MemoryDisk.Ability.LEASE);
    disk.user().write("a", "as it was".getBytes(StandardCharsets.UTF_8));
    PlainSource source;
    try (var open = disk.user().open("a")) {
      source = new PlainSource("camera", disk, time);
      source.drop(source.files().list(Optional.empty(), 10).files());
      open.write("a late save".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(source.purge()).isFalse();
    assertThat(contents()).containsExactly("a late save");
  }

  @Test
  void purge_fileThatAProgramHasOpen_stays() throws Exception {
    PlainSource source = moved("a", "bytes");
    RelativePath file = trashed().keySet().iterator().next();
    try (var _ = disk.user().open(file.toString())) {
      assertThat(source.purge()).isFalse();
    }
    assertThat(contents()).containsExactly("bytes");
    assertThat(source.purge()).isTrue();
    assertThat(contents()).isEmpty();
  }
}
