package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/** Pages in the order of a walk. */
final class RootListingTest {
  private final MemoryDisk disk = new MemoryDisk(new ManualTime());

  /** #colon: such names are like any other. */
  @Test
  void list_pagesOfAnySize_giveEveryNameOnceInOrder() throws Exception {
    for (String directory :
        new String[] {".realize", "a", "a-b", "a/deep", "a/deep/.realize", "z:\\", "empty"}) {
      disk.user().createDirectory(directory);
    }
    List<String> files = List.of("a/1", "a/deep/er", "a/z", "a-b/x", "a.txt", "b", "z:\\/f:");
    for (String file : files) {
      disk.user().write(file, new byte[] {1});
    }
    disk.user().write(".realize/id", new byte[] {1});
    disk.user().write("a/deep/.realize/id", new byte[] {1});
    disk.user().symbolicLink("link", "b");
    disk.user().fifo("fifo");
    List<String> all = new ArrayList<>(files);
    all.addAll(0, List.of("a"));
    all.addAll(2, List.of("a/deep"));
    all.addAll(5, List.of("a-b"));
    all.addAll(9, List.of("empty", "link", "z:\\"));
    MoveSource root = new PlainSource("here", disk, new ManualTime()).files();
    for (int max = 1; max <= all.size() + 1; max++) {
      List<String> listed = new ArrayList<>();
      Optional<RelativePath> after = Optional.empty();
      List<MovedFile> page;
      do {
        page = root.list(after, max).files();
        page.forEach(file -> listed.add(file.path().toString()));
        after = page.isEmpty() ? after : Optional.of(page.getLast().path());
      } while (page.size() == max);
      assertThat(listed).as("pages of %d", max).isEqualTo(all);
    }
  }
}
