package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.Report;
import org.realize.sync.rules.EntrySize;

/** The size of an entry as the rules reckon it, beside that of its message. */
class EntrySizeTest {

  private final Random random = new Random(5);

  private long number() {
    return random.nextBoolean()
        ? random.nextInt(3)
        : random.nextLong() >>> (1 + random.nextInt(63));
  }

  private StoreId store() {
    return new StoreId(new UUID(random.nextLong(), random.nextLong()));
  }

  private ContentHash hash() {
    return new ContentHash(random.nextLong(), 1, 2, 3);
  }

  private FeedEntry entry() {
    List<Report.Reported> versions = new ArrayList<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      Content content =
          switch (random.nextInt(4)) {
            case 0 -> new Content.Absent();
            case 1 -> new Content.Directory();
            case 2 -> new Content.Link("ü".repeat(1 + random.nextInt(200)));
            default -> new Content.File(hash(), number());
          };
      Map<StoreId, Long> counters = new HashMap<>();
      for (int n = random.nextInt(8); n >= 0; n--) {
        counters.put(store(), 1 + number() / 2);
      }
      @Nullable ContentHash basis = random.nextBoolean() ? hash() : null;
      @Nullable RelativePath from = random.nextBoolean() ? RelativePath.of("was/ö") : null;
      Version version =
          new Version(content, VersionVector.of(counters), basis, from, random.nextBoolean());
      versions.add(new Report.Reported(version, random.nextBoolean()));
    }
    FileTime mtime = new FileTime(random.nextBoolean() ? -number() : number(), random.nextInt(5));
    Metadata metadata =
        new Metadata(
            random.nextInt(010000),
            new Stamp(number(), store()),
            mtime,
            new Stamp(number(), store()));
    return new FeedEntry(
        RelativePath.of("a/" + "é".repeat(random.nextInt(100)) + "b"),
        new Report(1 + number() / 2, metadata, versions));
  }

  @Test
  void bytes_anyEntry_areThoseOfItsMessage() {
    for (int i = 0; i < 5_000; i++) {
      FeedEntry entry = entry();
      assertThat(EntrySize.bytes(entry.path(), entry.report()))
          .as("%s", entry)
          .isEqualTo(WireCodec.encode(entry).getSerializedSize());
    }
  }
}
