package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class MountOptionsTest {

  @Test
  void at_aPath_takesTheKernelDriverAndThisUser() {
    MountOptions options = MountOptions.at(Path.of("/mnt"));
    assertThat(options)
        .isEqualTo(
            new MountOptions(
                Path.of("/mnt"),
                Driver.KERNEL,
                OptionalInt.empty(),
                OptionalInt.empty(),
                false,
                true));
    assertThat(options.withOwner(1, 2).gid()).hasValue(2);
    assertThat(options.withAllowOther(true).withPassthrough(false).withDriver(Driver.LIBFUSE))
        .isEqualTo(
            new MountOptions(
                Path.of("/mnt"),
                Driver.LIBFUSE,
                OptionalInt.empty(),
                OptionalInt.empty(),
                true,
                false));
  }

  @Test
  void ofConfigured_everyDriversName_isThatDriver() {
    for (Driver driver : Driver.values()) {
      assertThat(Driver.ofConfigured(driver.configured())).hasValue(driver);
    }
    assertThat(Driver.ofConfigured("KERNEL")).isEmpty();
    assertThat(Driver.ofConfigured("fuse3")).isEmpty();
  }
}
