package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.RealVersion;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryDisk.Ability;
import org.realize.sync.testing.OpenUserFile;

class StatProofTest {

  private static final RelativePath PATH = RelativePath.of("f");
  private static final byte[] BYTES = {1, 2, 3, 4};
  private static final byte[] LATER = {9, 9, 9, 9};

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);

  @BeforeEach
  void write() throws Exception {
    disk.user().write("f", new byte[4]);
    time.advance(Duration.ofMinutes(1));
  }

  /** An action of a user between the beginning and the end of the hashing. */
  private interface Meddling {
    void run() throws Exception;
  }

  private OptionalLong hashedAt(Meddling meddling) throws Exception {
    try (DiskFile file = disk.open(PATH, OpenMode.READ)) {
      StatProof proof = StatProof.begin(file, file.stat(), time);
      meddling.run();
      return proof.hashedAtNanos(file);
    }
  }

  private boolean isProven(Meddling meddling) throws Exception {
    FileStat stat = disk.stat(PATH).orElseThrow();
    Content content = new Content.File(TreeHasher.hash(BYTES), BYTES.length);
    Version version = Version.of(content, VersionVector.EMPTY.with(new StoreId(new UUID(1, 1)), 1));
    return new RealVersion(version, stat, hashedAt(meddling).orElseThrow()).isCertain();
  }

  private boolean isProven() throws Exception {
    return isProven(() -> {});
  }

  @Test
  void proof_closedFile_isHad() throws Exception {
    assertThat(isProven()).isTrue();
  }

  @Test
  void proof_mappedFileThatIsWrittenBack_laterStoreMovesTheStat() throws Exception {
    try (OpenUserFile user = disk.user().open("f")) {
      user.store(BYTES);
      time.advance(Duration.ofMinutes(1));
      assertThat(isProven()).isTrue();
      FileStat hashed = disk.stat(PATH).orElseThrow();
      user.store(LATER);
      assertThat(disk.stat(PATH)).get().isNotEqualTo(hashed);
    }
  }

  @Test
  void proof_mappedFileThatCannotBeWrittenBack_isNone_laterStoreIsSilent() throws Exception {
    disk.lacks(Ability.WRITE_BACK);
    try (OpenUserFile user = disk.user().open("f")) {
      user.store(BYTES);
      time.advance(Duration.ofMinutes(1));
      assertThat(isProven()).isFalse();
      FileStat hashed = disk.stat(PATH).orElseThrow();
      user.store(LATER);
      assertThat(disk.stat(PATH)).contains(hashed);
    }
    assertThat(isProven()).isTrue();
  }

  @Test
  void proof_noLeases_isHadByWritingBackOnly() throws Exception {
    disk.lacks(Ability.LEASE);
    assertThat(isProven()).isTrue();
    disk.lacks(Ability.LEASE, Ability.WRITE_BACK);
    assertThat(isProven()).isFalse();
  }

  @Test
  void proof_openedWhileItIsHashed_isNone() throws Exception {
    disk.lacks(Ability.WRITE_BACK);
    OpenUserFile[] user = new OpenUserFile[1];
    assertThat(isProven(() -> user[0] = disk.user().open("f"))).isFalse();
    user[0].close();
  }

  @Test
  void hashedAt_changedWhileItIsHashed_isEmpty() throws Exception {
    assertThat(hashedAt(() -> disk.user().write("f", LATER))).isEmpty();
    assertThat(hashedAt(() -> disk.user().mode("f", 0600))).isEmpty();
  }
}
