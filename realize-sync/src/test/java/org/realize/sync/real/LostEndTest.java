package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.DiskFile;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyRig.Operation;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.PathStates;

/**
 * Changes whose end a power cut takes back while something later waits: files of the next batch, or
 * a partial file of the same path. None of that is what the change has made.
 */
class LostEndTest {

  private static final RelativePath LATER = RelativePath.of("d/later");
  private static final String HALF = "half of it";

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);

  private ApplyRig rig(Operation operation) throws Exception {
    return new ApplyRig(disk, disk.user(), time, operation, store -> store);
  }

  /** Makes what replaces nothing, and stops before any of it gets its name. */
  private void stopInALaterBatch(ApplyRig rig, Real life) throws RealizeException {
    RelativePath inside = LATER.child("inside");
    rig.store.write(writer -> {
      writer.put(PathStates.showing(LATER.toString(), new Content.Directory(), 4));
      writer.put(PathStates.showing(inside.toString(), ApplyRig.file(HALF), 5));
    });
    RealChange.Builder stopping =
        made -> {
          made.write(ByteBuffer.wrap(ApplyRig.bytes(HALF)), 0);
          disk.powerOffAfter(0);
        };
    List<RealChange> batch =
        List.of(
            new RealChange.Create(
                LATER, Operation.version(new Content.Directory()), ApplyRig.ATTRIBUTES, _ -> {}),
            new RealChange.Create(
                inside, Operation.version(ApplyRig.file(HALF)), ApplyRig.ATTRIBUTES, stopping));
    assertThatThrownBy(() -> life.apply().applyAll(batch).getLast().outcome());
  }

  /** A power cut that loses no effect on the disk, and the commits since the last force. */
  private void cutPower(ApplyRig rig) throws RealizeException {
    disk.kill();
    ((MemoryArenaStore) rig.store).powerCut(() -> 0);
    assertThat(rig.hasIntents()).isTrue();
  }

  private static void requireMade(ApplyRig rig, String after) throws Exception {
    assertThat(rig.seen()).isEqualTo(after);
    assertThat(rig.indexedNow().version().vector().counter(PathStates.TWO))
        .as("counter of the version that was made")
        .isEqualTo(9);
    assertThat(rig.hasIntents()).isFalse();
    assertThat(rig.contents().keySet()).noneMatch(path -> path.startsWith(LATER.toString()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"REPLACE", "SET_ATTRIBUTES"}, // of the version that there was
      mode = EnumSource.Mode.EXCLUDE)
  void apply_endLostAsALaterBatchMakesItsFiles_changeIsMade(Operation operation) throws Exception {
    ApplyRig rig = rig(operation);
    Real life = rig.life(_ -> {});
    assertThat(rig.apply(life)).isEqualTo(ApplyOutcome.DONE);
    String after = rig.seen();

    stopInALaterBatch(rig, life);
    cutPower(rig);
    rig.resume();

    requireMade(rig, after);
    rig.look();
    requireMade(rig, after);
    rig.requireNothingLost("resumed");
  }

  @Test
  void adopt_endLostAsALaterVersionIsFetched_changeIsMade_andTheFetchedBytesStay()
      throws Exception {
    ApplyRig rig = rig(Operation.ADOPT_NEW);
    assertThat(rig.apply(rig.life(_ -> {}))).isEqualTo(ApplyOutcome.DONE);
    String after = rig.seen();

    try (DiskFile later = new PartialFiles(disk).openFetched(ApplyRig.PATH)) {
      later.write(ByteBuffer.wrap(ApplyRig.bytes(HALF)), 0);
      later.force();
    }
    cutPower(rig);
    rig.resume();

    requireMade(rig, after);
    assertThat(rig.contents()).containsValue(HALF);
    assertThat(rig.trashed()).isEmpty();
  }
}
