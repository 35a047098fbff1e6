package org.realize.sync.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RealizeException.StorageFailed;

class IoCauseTest {

  @Test
  void of_failureOfTheJdk_saysWhy() {
    assertThat(IoCause.of(new NoSuchFileException("/a")))
        .isEqualTo("/a: no such file or directory");
    assertThat(IoCause.of(new AccessDeniedException("/a"))).isEqualTo("/a: permission denied");
    assertThat(IoCause.of(new AccessDeniedException("id", null, "open: Permission denied")))
        .isEqualTo("id: open: Permission denied");
    assertThat(IoCause.of(new FileSystemException("/a", null, "Read-only file system")))
        .isEqualTo("/a: Read-only file system");
    assertThat(IoCause.of(new IOException())).isEqualTo("IOException");
    assertThat(IoCause.of(new IOException("broken pipe"))).isEqualTo("broken pipe");
  }

  @Test
  void oneLine_causeThatIsJustAPath_saysWhyOnce() {
    StorageFailed failed =
        new StorageFailed("create node directory /a", new FileAlreadyExistsException("/a"));
    assertThat(failed.oneLine()).isEqualTo("create node directory /a: exists already");
    StorageFailed other = new StorageFailed("read /b", new NoSuchFileException("/a"));
    assertThat(other.oneLine()).isEqualTo("read /b: /a: no such file or directory");
  }
}
