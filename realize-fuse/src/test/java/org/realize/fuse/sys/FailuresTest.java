package org.realize.fuse.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Constructor;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;

final class FailuresTest {

  private static final Map<String, Integer> EXPECTED =
      Map.ofEntries(
          Map.entry("NotFound", 2),
          Map.entry("NotADirectory", 20),
          Map.entry("IsADirectory", 21),
          Map.entry("Invalid", 22),
          Map.entry("InDoubt", 30),
          Map.entry("Unreachable", 113),
          Map.entry("VersionGone", 113),
          Map.entry("TimedOut", 113),
          Map.entry("WouldWait", 11),
          Map.entry("Denied", 13),
          Map.entry("DiskFull", 28),
          Map.entry("Corrupt", 5),
          Map.entry("ProtocolBroken", 5),
          Map.entry("StorageFailed", 5),
          Map.entry("CallFailed", 39));

  @Test
  void errno_everyFailure_isItsNumber() throws ReflectiveOperationException {
    Class<?>[] failures = RealizeException.class.getPermittedSubclasses();
    assertThat(failures).hasSize(EXPECTED.size());
    for (Class<?> failure : failures) {
      Constructor<?> constructor = failure.getConstructors()[0];
      Object[] arguments = new Object[constructor.getParameterCount()];
      arguments[0] = "read a/b";
      if (failure == RealizeException.CallFailed.class) {
        arguments[1] = Errno.ENOTEMPTY;
      }
      RealizeException made = (RealizeException) constructor.newInstance(arguments);
      assertThat(Failures.errno(made))
          .as(failure.getSimpleName())
          .isEqualTo(EXPECTED.get(failure.getSimpleName()));
    }
  }
}
