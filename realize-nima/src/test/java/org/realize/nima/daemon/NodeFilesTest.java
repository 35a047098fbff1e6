package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.disk.LocalDisk;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.model.RelativePath;

class NodeFilesTest {

  @TempDir private Path base = Path.of("");

  private boolean isOwn(OwnFiles own, String name) throws Exception {
    return own.contains(new LocalDisk(base).stat(RelativePath.of(name)).orElseThrow());
  }

  @Test
  void contains_keyAndState_underAnyName() throws Exception {
    Path key = Files.writeString(base.resolve("node.key"), "secret");
    Path state = Files.createDirectory(base.resolve("state"));
    Files.writeString(base.resolve("photo"), "shared");
    Path link = Files.createSymbolicLink(base.resolve("link"), state);
    OwnFiles own = NodeFiles.of(List.of(key, link));
    Files.createLink(base.resolve("second"), key);
    Files.move(key, base.resolve("moved"));
    assertThat(isOwn(own, "moved")).isTrue();
    assertThat(isOwn(own, "second")).isTrue();
    assertThat(isOwn(own, "state")).isTrue();
    assertThat(isOwn(own, "photo")).isFalse();
  }
}
