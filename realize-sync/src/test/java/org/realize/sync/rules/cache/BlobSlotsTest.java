package org.realize.sync.rules.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ContentHash;

class BlobSlotsTest {

  @Test
  void addAndRemove_hashesThatShareTheirFirstWord_areFoundAsInAMap() {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      BlobSlots slots = new BlobSlots();
      Map<ContentHash, Integer> model = new HashMap<>();
      List<ContentHash> hashes = new ArrayList<>();
      for (int step = 0; step < 5_000; step++) {
        if (model.isEmpty() || random.nextInt(100) < (step < 2_500 ? 60 : 45)) {
          ContentHash hash = new ContentHash(random.nextInt(50), 0, 0, random.nextInt(50));
          if (!model.containsKey(hash)) {
            model.put(hash, slots.add(hash));
            hashes.add(hash);
          }
        } else {
          ContentHash hash = hashes.remove(random.nextInt(hashes.size()));
          Integer slot = model.remove(hash);
          assertThat(slot).isEqualTo(slots.find(hash));
          slots.remove(slots.find(hash));
          assertThat(slots.find(hash)).isEqualTo(Rings.NONE);
        }
      }
      assertThat(slots.size()).as("seed %d", seed).isEqualTo(model.size());
      assertThat(model.values()).as("seed %d", seed).doesNotHaveDuplicates();
      model.forEach((hash, slot) -> {
        assertThat(slots.find(hash)).isEqualTo(slot);
        assertThat(slots.hash(slot)).isEqualTo(hash);
      });
    }
  }
}
