package org.realize.sync.rules.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.BlobUse.Area;

/** {@link CachePolicy} beside {@link NaivePolicy}: the same steps lead to the same state. */
class CachePolicyModelTest {

  private static final int UNIT = Frequency.UNIT_BYTES;
  private static final ContentHash A = new ContentHash(1L << 32, 0, 0, 0);
  private static final ContentHash B = new ContentHash(2L << 32, 0, 0, 0);
  private static final ContentHash C = new ContentHash(3L << 32, 0, 0, 0);

  private static final List<PinReason> PINS = List.of(PinReason.values());

  /** A policy and its model, and what was done to both. */
  private static final class Both {
    final CachePolicy policy;
    final NaivePolicy model;
    final StringBuilder steps = new StringBuilder();

    Both(long capacity) {
      policy = new CachePolicy(capacity);
      model = new NaivePolicy(capacity);
      steps.append("capacity ").append(capacity);
    }

    /** Reads a whole blob, and stores it unless it is. */
    void read(ContentHash hash, long bytes) {
      use(hash, bytes);
      if (!model.isStored(hash)) {
        insert(hash, bytes);
        makeRoom(0);
      }
    }

    void use(ContentHash hash, long bytes) {
      steps.append(", use ").append(hash.hex8()).append(' ').append(bytes);
      policy.use(hash, bytes);
      model.use(hash, bytes);
    }

    void insert(ContentHash hash, long bytes) {
      steps.append(", insert ").append(hash.hex8()).append(' ').append(bytes);
      policy.insert(hash, bytes);
      model.insert(hash, bytes);
    }

    void resize(ContentHash hash, long bytes) {
      if (model.isStored(hash)) {
        steps.append(", resize ").append(hash.hex8()).append(' ').append(bytes);
        policy.resize(hash, bytes);
        model.resize(hash, bytes);
      }
    }

    void pin(ContentHash hash, PinReason pin) {
      if (model.isStored(hash)) {
        steps.append(", pin ").append(hash.hex8()).append(' ').append(pin);
        policy.pin(hash, pin);
        model.pin(hash, pin);
      }
    }

    void unpin(ContentHash hash, PinReason pin) {
      if (model.isStored(hash)) {
        steps.append(", unpin ").append(hash.hex8()).append(' ').append(pin);
        policy.unpin(hash, pin);
        model.unpin(hash, pin);
      }
    }

    void prefer(ContentHash hash, boolean preferred) {
      if (model.isStored(hash)) {
        steps.append(", prefer ").append(hash.hex8()).append(' ').append(preferred);
        policy.prefer(hash, preferred);
        model.prefer(hash, preferred);
      }
    }

    void retire(ContentHash hash) {
      if (model.isStored(hash)) {
        steps.append(", retire ").append(hash.hex8());
        policy.retire(hash);
        model.retire(hash);
      }
    }

    void setCapacity(long bytes) {
      steps.append(", capacity ").append(bytes);
      policy.setCapacity(bytes);
      model.setCapacity(bytes);
    }

    void makeRoom(long bytes) {
      List<CachedBlob> victims = policy.victims(bytes);
      assertThat(victims).as("%s", steps).noneMatch(this::isPinned);
      for (CachedBlob victim : victims) {
        steps.append(", remove ").append(victim.hash().hex8());
        policy.remove(victim.hash());
        model.remove(victim.hash());
      }
      if (policy.fits(bytes)) {
        assertThat(policy.usedBytes() + bytes)
            .as("%s", steps)
            .isLessThanOrEqualTo(policy.capacityBytes());
      } else {
        for (Area area : Area.values()) {
          policy.forEach(area, blob -> assertThat(blob.bytes()).as("%s, %s", steps, blob).isZero());
        }
      }
    }

    private boolean isPinned(CachedBlob blob) {
      List<ContentHash> pinned = new ArrayList<>();
      policy.forEachPinned(other -> pinned.add(other.hash()));
      return pinned.contains(blob.hash());
    }

    void check() {
      StringBuilder text = new StringBuilder();
      for (Area area : Area.values()) {
        long[] bytes = new long[1];
        text.append(area).append(": ");
        policy.forEach(
            area,
            blob -> {
              bytes[0] += blob.bytes();
              text.append(describe(blob));
            });
        if (policy.bytes(area) != bytes[0]) {
          throw new AssertionError(area + " counts " + policy.bytes(area) + " after " + steps);
        }
      }
      List<String> pinned = new ArrayList<>();
      policy.forEachPinned(blob -> pinned.add(describe(blob)));
      text.append("pinned: ").append(String.join("", pinned.stream().sorted().toList()));
      if (!text.toString().equals(model.describe())) {
        assertThat(text.toString()).as("%s", steps).isEqualTo(model.describe());
      }
      if (policy.bytes(Area.WORKING) > policy.workingBytes()) {
        throw new AssertionError("the working area is too large after " + steps);
      }
    }

    private static String describe(CachedBlob blob) {
      return "%s %d %s %s %d; "
          .formatted(
              blob.hash().hex8(), blob.bytes(), blob.area(), blob.preferred(), blob.uses().units());
    }
  }

  /** Does step number {@code step}. */
  private interface Step {
    void take(Both both);
  }

  private static final List<Step> STEPS =
      List.of(
          both -> both.read(A, UNIT),
          both -> both.read(B, 2 * UNIT),
          both -> both.read(C, 3 * UNIT),
          both -> both.use(A, 40 * UNIT),
          both -> both.makeRoom(2 * UNIT),
          both -> both.pin(A, PinReason.OPEN),
          both -> both.unpin(A, PinReason.OPEN),
          both -> both.retire(B),
          both -> both.prefer(C, true));

  @Test
  void everySequence_upToSixSteps_isAsInTheModel() {
    int length = 6;
    long sequences = Math.powExact((long) STEPS.size(), length);
    for (long sequence = 0; sequence < sequences; sequence++) {
      Both both = new Both(4 * UNIT);
      long rest = sequence;
      for (int step = 0; step < length; step++) {
        STEPS.get((int) (rest % STEPS.size())).take(both);
        rest /= STEPS.size();
      }
      both.check();
    }
  }

  @Test
  void randomSequences_allOperations_areAsInTheModel() {
    for (long seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      Both both = new Both((4 + random.nextInt(60)) * (long) UNIT);
      both.steps.insert(0, "seed " + seed + ": ");
      int blobs = 2 + random.nextInt(30);
      for (int step = 0; step < 300; step++) {
        randomStep(both, blobs, random);
        both.check();
      }
    }
  }

  private static void randomStep(Both both, int blobs, Random random) {
    int number = random.nextInt(1 + random.nextInt(blobs));
    ContentHash hash = new ContentHash((long) number << 40, number, 0, 0);
    long bytes = (number * 7L % 23) * UNIT / 3;
    switch (random.nextInt(16)) {
      case 0 -> both.pin(hash, PINS.get(random.nextInt(3)));
      case 1, 2 -> both.unpin(hash, PINS.get(random.nextInt(3)));
      case 3 -> both.retire(hash);
      case 4 -> both.prefer(hash, random.nextBoolean());
      case 5 -> both.resize(hash, random.nextInt(8 * UNIT));
      case 6 -> both.makeRoom(random.nextInt(4 * UNIT));
      case 7 -> both.use(hash, random.nextInt(100 * UNIT));
      case 8 -> {
        if (random.nextInt(10) == 0) {
          both.setCapacity(random.nextInt(40) * (long) UNIT);
        }
      }
      default -> both.read(hash, bytes);
    }
  }
}
