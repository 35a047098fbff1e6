package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyUser.Act;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.OpenUserFile;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.UserFiles;

/** The contract of a root's files on every file system. */
public abstract class RealContract {

  /** Long before any test, and in whole seconds. */
  private static final FileTime LONG_AGO = new FileTime(1_000_000_000, 0);

  /**
   * A disk with an empty root, but for the directory {@code d} where that is a place of its own;
   * {@code time} is for disks on the heap.
   */
  protected abstract Disk newDisk(ManualTime time) throws IOException;

  /** A user of the disk that {@link #newDisk} made last. */
  protected abstract UserFiles userOf(Disk disk) throws IOException;

  /** True where a file can be replaced without the risk to replace another one. */
  protected boolean replaces() {
    return true;
  }

  /** True where a program cannot even for an instant find the name absent. */
  protected boolean exchanges() {
    return true;
  }

  /** True where the system knows that a file is not open for writing. */
  protected boolean knowsClosed() {
    return true;
  }

  /** True where permission bits stay as they were set. */
  protected boolean keepsModes() {
    return true;
  }

  private ApplyRig rig() throws IOException, RealizeException {
    ManualTime time = new ManualTime();
    Disk disk = newDisk(time);
    return new ApplyRig(disk, userOf(disk), time, store -> store);
  }

  @Test
  void replace_unchangedFile_newOneHasItsAttributes_oldOneIsInTheTrash() throws Exception {
    ApplyRig rig = rig();
    ApplyOutcome outcome = rig.replace(_ -> {});
    assertThat(outcome).isEqualTo(replaces() ? ApplyOutcome.DONE : ApplyOutcome.UNSUPPORTED);
    if (replaces()) {
      FileStat now = rig.disk.stat(ApplyRig.PATH).orElseThrow();
      assertThat(rig.shown()).isEqualTo(ApplyRig.NEW);
      assertThat(now.mode()).isEqualTo(rig.indexed.mode());
      assertThat(now.mtime()).isEqualTo(rig.indexed.mtime());
      assertThat(rig.indexedNow().stat()).isEqualTo(now);
      assertThat(rig.trashed()).containsExactly(ApplyRig.OLD);
    } else {
      assertThat(rig.shown()).isEqualTo(ApplyRig.OLD);
    }
    rig.look();
    rig.requireNothingLost("replaced");
  }

  @ParameterizedTest
  @EnumSource(ApplyRig.Operation.class)
  void apply_asIndexed_isDoneAndIndexed_orNothingHasChanged(ApplyRig.Operation operation)
      throws Exception {
    ManualTime time = new ManualTime();
    Disk disk = newDisk(time);
    ApplyRig rig = new ApplyRig(disk, userOf(disk), time, operation, store -> store);
    String before = rig.seen();
    ApplyOutcome outcome = rig.apply(_ -> {});
    if (replaces()) {
      assertThat(outcome).isEqualTo(ApplyOutcome.DONE);
      assertThat(rig.seen()).isEqualTo(operation.after(before));
      assertThat(rig.indexedNow().stat()).isEqualTo(disk.stat(ApplyRig.PATH).orElse(null));
    } else if (outcome != ApplyOutcome.DONE) {
      assertThat(rig.seen()).isEqualTo(before);
    }
    rig.look();
    rig.requireNothingLost(operation.toString());
  }

  private static final class Killed extends IOException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void replace_killedBeforeAnyCall_oneOfTheTwoIsThere() throws Exception {
    boolean killed = true;
    for (int call = 0; killed; call++) {
      ApplyRig rig = rig();
      killed = isKilled(rig, call, null, 0);
      rig.resume();
      assertThat(rig.shown()).as("call %d", call).isIn(ApplyRig.OLD, ApplyRig.NEW);
      rig.look();
      rig.requireNothingLost("call " + call);
    }
  }

  /** A directory, a file in it, and another version of a file. */
  @Test
  void applyAll_killedBeforeAnyCall_eachIsOneOfTheTwo() throws Exception {
    boolean killed = true;
    for (int call = 0; killed; call++) {
      String when = "call " + call;
      ApplyRig rig = rig();
      int kill = call;
      boolean[] isKilled = new boolean[1];
      List<ApplyResult> results =
          rig.life(
                  number -> {
                    if (number >= kill) {
                      isKilled[0] = true;
                      throw new Killed();
                    }
                  })
              .apply()
              .applyAll(rig.batch());
      killed = isKilled[0];
      if (!killed && replaces()) {
        assertThat(results).containsOnly(new ApplyResult.Concluded(ApplyOutcome.DONE));
      }
      rig.resume();
      assertThat(rig.shown()).as(when).isIn(ApplyRig.OLD, ApplyRig.NEW);
      Optional<FileStat> made = rig.disk.stat(ApplyRig.TARGET);
      if (made.isPresent()) {
        assertThat(made.get().mode()).as(when).isEqualTo(keepsModes() ? 0550 : 0777);
        assertThat(rig.indexedNow(ApplyRig.TARGET)).as(when).isPresent();
      }
      Optional<FileStat> inside = rig.disk.stat(ApplyRig.TARGET.child("inside"));
      if (inside.isPresent()) {
        RealVersion real = rig.indexedNow(ApplyRig.TARGET.child("inside")).orElseThrow();
        assertThat(real.stat()).as(when).isEqualTo(inside.get());
      }
      rig.look();
      rig.requireNothingLost(when);
    }
  }

  @Test
  void applyAll_twoNamesOfOneFile_areOneFileAgain() throws Exception {
    ApplyRig rig = rig();
    try {
      rig.files.hardLink(ApplyRig.TARGET.toString(), ApplyRig.FILE);
    } catch (IOException e) {
      assertThat(e).as("a file system without hard links").hasMessageContaining("not permitted");
      return;
    }
    FileStat indexed = rig.disk.stat(ApplyRig.PATH).orElseThrow();
    List<RealChange> changes = new ArrayList<>();
    for (RelativePath path : List.of(ApplyRig.PATH, ApplyRig.TARGET)) {
      PathState state = PathStates.showing(path.toString(), ApplyRig.file(ApplyRig.OLD), 1);
      rig.store.write(writer -> {
        writer.put(state.withReal(new RealVersion(state.shown(), indexed, Long.MAX_VALUE)));
      });
      changes.add(
          new RealChange.Replace(
              path,
              indexed,
              ApplyRig.Operation.version(ApplyRig.file(ApplyRig.NEW)),
              ApplyRig.ATTRIBUTES,
              made -> made.write(ByteBuffer.wrap(ApplyRig.bytes(ApplyRig.NEW)), 0)));
    }
    List<ApplyResult> results = rig.life(_ -> {}).apply().applyAll(changes);
    assertThat(results).containsOnly(new ApplyResult.Concluded(ApplyOutcome.DONE));
    FileStat first = rig.disk.stat(ApplyRig.PATH).orElseThrow();
    FileStat second = rig.disk.stat(ApplyRig.TARGET).orElseThrow();
    assertThat(second.fileKey()).isEqualTo(first.fileKey());
    assertThat(first.links()).isEqualTo(2);
    assertThat(rig.indexedNow().stat()).isEqualTo(first);
    assertThat(rig.indexedNow(ApplyRig.TARGET).orElseThrow().stat()).isEqualTo(second);
    assertThat(rig.shown()).isEqualTo(ApplyRig.NEW);
    rig.look();
    rig.requireNothingLost("linked again");
  }

  @Test
  void replace_userActsBeforeAnyCall_killedLater_nothingIsLost() throws Exception {
    for (Act act : List.of(Act.WRITES, Act.RENAMES_OVER, Act.DELETES, Act.MAKES_A_DIRECTORY)) {
      for (int call = 0; call < 45; call += 3) {
        for (int later : new int[] {1, 4, 100}) {
          String when = "%s at call %d, killed %d later".formatted(act, call, later);
          ApplyRig rig = rig();
          boolean ignored = isKilled(rig, call + later, act, call);
          rig.resume();
          rig.look();
          rig.requireNothingLost(when);
        }
      }
    }
  }

  /** Every call from one on fails, as for a process that is no more. */
  private boolean isKilled(ApplyRig rig, int kill, @Nullable Act act, int at)
      throws RealizeException, InterruptedException, IOException {
    try {
      ApplyOutcome ignored =
          rig.replace(number -> {
            if (act != null && number == at) {
              rig.user.does(act);
            }
            if (exchanges() && !rig.user.removedIt()) {
              assertThat(rig.disk.stat(ApplyRig.PATH)).as("before call %d", number).isPresent();
            }
            if (number >= kill) {
              throw new Killed();
            }
          });
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void take_listedFile_isInTheTrash_openOneStays() throws Exception {
    ApplyRig rig = rig();
    try (OpenUserFile file = rig.files.open(ApplyRig.FILE)) {
      assertThat(rig.take(_ -> {})).isEqualTo(Trash.TrashOutcome.OPEN);
      file.store("a mapped".getBytes(StandardCharsets.UTF_8));
    }
    rig.files.mtime(ApplyRig.FILE, LONG_AGO); // the grain of times may be a second
    assertThat(rig.take(_ -> {})).isEqualTo(Trash.TrashOutcome.CHANGED);
    ApplyRig other = rig();
    assertThat(other.take(_ -> {})).isEqualTo(Trash.TrashOutcome.TAKEN);
    assertThat(other.disk.stat(ApplyRig.PATH)).isEmpty();
    other.look();
    other.requireNothingLost("taken");
    assertThat(other.reports()).isEmpty();
  }

  @Test
  void openForWriting_noWriter_isKnownOnlyWhereMappingsCount() throws Exception {
    ApplyRig rig = rig();
    try (DiskFile file = rig.disk.open(ApplyRig.PATH, OpenMode.READ)) {
      assertThat(file.openForWriting())
          .isEqualTo(knowsClosed() ? OpenState.CLOSED : OpenState.UNKNOWN);
      try (OpenUserFile _ = rig.files.open(ApplyRig.FILE)) {
        assertThat(file.openForWriting()).isEqualTo(OpenState.OPEN);
      }
    }
  }

  /** A proof was had, or the file is hashed again; a silent change under a proof is what counts. */
  @Test
  void proof_mappedFileIsStoredToAgain_isNeverBothProvenAndUnchanged() throws Exception {
    ApplyRig rig = rig();
    RelativePath path = ApplyRig.PATH;
    try (OpenUserFile user = rig.files.open(ApplyRig.FILE)) {
      user.store("stored 1".getBytes(StandardCharsets.UTF_8));
      rig.files.mtime(ApplyRig.FILE, LONG_AGO);
      FileStat hashed;
      boolean isProven;
      try (DiskFile file = rig.disk.open(path, OpenMode.READ)) {
        StatProof proof = StatProof.begin(file, file.stat(), rig.time);
        hashed = proof.stat();
        // a write-back that moves the time, as over FUSE, moves it to the moment of the hashing
        isProven =
            hashed.mtime().equals(LONG_AGO)
                && proof.hashedAtNanos(file).orElseThrow() == rig.time.unixMillis() * 1_000_000;
      }
      user.store("stored 2".getBytes(StandardCharsets.UTF_8));
      try (DiskFile file = rig.disk.open(path, OpenMode.READ)) {
        file.force(); // as the kernel does by itself, sooner or later
      }
      boolean isUnchanged = rig.disk.stat(path).orElseThrow().equals(hashed);
      assertThat(isProven && isUnchanged).isFalse();
    }
    try (DiskFile file = rig.disk.open(path, OpenMode.READ)) {
      StatProof proof = StatProof.begin(file, file.stat(), rig.time);
      assertThat(proof.hashedAtNanos(file)).hasValue(rig.time.unixMillis() * 1_000_000);
    }
  }
}
