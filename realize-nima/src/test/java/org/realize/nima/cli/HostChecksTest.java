package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostChecksTest {

  @TempDir Path settings;

  @Test
  void watches_lowLimits_areWarned_withTheCommandThatRaisesThem() throws IOException {
    Path inotify = Files.createDirectories(settings.resolve("fs/inotify"));
    Files.writeString(inotify.resolve("max_user_watches"), "8192\n");
    Files.writeString(inotify.resolve("max_user_instances"), "128\n");

    assertThat(new HostChecks(settings).watches())
        .containsExactly(
            Check.warn(
                "watcher",
                "8,192 directories can be watched by all programs of a user",
                "sudo sysctl -w fs.inotify.max_user_watches=524288"),
            Check.ok("watcher", "128 watchers can be open at once by all programs of a user"));
  }

  /** Such a file gives nothing more after its first read, of however few bytes. */
  @Test
  void watches_kernel_isReadWhole() throws Exception {
    Process cat =
        new ProcessBuilder("cat", "/proc/sys/fs/inotify/max_user_watches")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int limit =
        Integer.parseInt(
            new String(cat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());

    assertThat(new HostChecks(Path.of("/proc/sys")).watches().getFirst().detail())
        .startsWith("%,d directories".formatted(limit));
  }

  @Test
  void watches_unreadable_isWarned() {
    assertThat(new HostChecks(settings).watches().getFirst())
        .satisfies(check -> {
          assertThat(check.severity()).isEqualTo(Check.Severity.WARN);
          assertThat(check.detail()).startsWith("the limit fs.inotify.max_user_watches cannot be");
        });
  }
}
