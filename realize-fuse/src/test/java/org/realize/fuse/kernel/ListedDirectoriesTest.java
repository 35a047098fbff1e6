package org.realize.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Inode;

final class ListedDirectoriesTest {

  @Test
  void forEach_everyDirectoryAdded_isToldOnce() {
    ListedDirectories listed = new ListedDirectories();
    List<Inode> added =
        LongStream.of(1, 2, 4095, 4096, 4097, 1_000_000, Long.MAX_VALUE)
            .mapToObj(Inode::new)
            .toList();
    added.forEach(listed::add);
    added.forEach(listed::add);
    List<Inode> told = new ArrayList<>();
    listed.forEach(told::add);
    assertThat(told).containsExactlyInAnyOrderElementsOf(added);
  }
}
