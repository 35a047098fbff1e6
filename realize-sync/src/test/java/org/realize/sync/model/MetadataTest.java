package org.realize.sync.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataTest {

  @Test
  void join_allSmallRegisters_isCommutativeAssociativeAndIdempotent() {
    List<Metadata> all = new ArrayList<>();
    for (int mode = 0; mode < 3; mode++) {
      for (int mtime = 0; mtime < 3; mtime++) {
        all.add(new Metadata(mode, stamp(mode), FileTime.ofNanos(mtime), stamp(mtime)));
      }
    }
    for (Metadata x : all) {
      assertThat(x.join(x)).isEqualTo(x);
      for (Metadata y : all) {
        assertThat(x.join(y)).isEqualTo(y.join(x));
        for (Metadata z : all) {
          assertThat(x.join(y).join(z)).isEqualTo(x.join(y.join(z)));
        }
      }
    }
  }

  @Test
  void join_equalCounters_higherStoreWins() {
    Metadata low =
        new Metadata(0600, new Stamp(5, store(1)), FileTime.ofNanos(1), new Stamp(5, store(1)));
    Metadata high =
        new Metadata(0644, new Stamp(5, store(2)), FileTime.ofNanos(2), new Stamp(5, store(2)));
    assertThat(low.join(high)).isEqualTo(high);
    assertThat(high.join(low)).isEqualTo(high);
  }

  private static Stamp stamp(int counter) {
    return new Stamp(counter + 1, store(1));
  }

  private static StoreId store(long id) {
    return new StoreId(new UUID(0, id));
  }
}
