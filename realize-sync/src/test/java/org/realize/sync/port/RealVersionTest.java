package org.realize.sync.port;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;

class RealVersionTest {

  private static final long HASHED = 1_700_000_000_000_000_000L;
  private static final long RACY = RealVersion.RACY_NANOS;
  private static final long EARLIER = HASHED - 10 * RACY;

  @Test
  void isCertain_timesNearTheHashing_no() {
    assertThat(real(FileTime.ofNanos(EARLIER), EARLIER).isCertain()).isTrue();
    assertThat(real(FileTime.ofNanos(HASHED - RACY), EARLIER).isCertain()).isFalse();
    assertThat(real(FileTime.ofNanos(HASHED - RACY - 1), EARLIER).isCertain()).isTrue();
    assertThat(real(FileTime.ofNanos(HASHED + RACY), EARLIER).isCertain()).isFalse();
    assertThat(real(FileTime.ofNanos(HASHED + RACY + 1), EARLIER).isCertain()).isTrue();
    assertThat(real(FileTime.ofNanos(EARLIER), HASHED - RACY).isCertain()).isFalse();
    assertThat(real(FileTime.ofNanos(EARLIER), HASHED - RACY - 1).isCertain()).isTrue();
  }

  @Test
  void isCertain_timeOutsideOfCountableNanoseconds_yes() {
    assertThat(real(new FileTime(16_725_225_600L, 0), EARLIER).isCertain()).isTrue();
    assertThat(real(new FileTime(-11_676_096_000L, 0), EARLIER).isCertain()).isTrue();
    // As nanoseconds, this would wrap round to the moment of the hashing.
    FileTime wrapping = new FileTime(1_700_000_000 + 18_446_744_073L, 709_551_616);
    assertThat(wrapping.seconds() * 1_000_000_000 + wrapping.nanos()).isEqualTo(HASHED);
    assertThat(real(wrapping, EARLIER).isCertain()).isTrue();
  }

  private static RealVersion real(FileTime mtime, long ctimeNanos) {
    FileStat stat = new FileStat(FileStat.Kind.FILE, 10, 0644, mtime, ctimeNanos, 1, 1, 1, 0, 0);
    VersionVector vector = VersionVector.of(Map.of(new StoreId(new UUID(1, 1)), 1L));
    return new RealVersion(Version.of(new Content.Directory(), vector), stat, HASHED);
  }
}
