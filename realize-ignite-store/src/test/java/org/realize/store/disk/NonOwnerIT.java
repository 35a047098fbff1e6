package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.testing.JavaChild;

/** A daemon that does not own the files of its root, and may not ask who has them open. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NonOwnerIT {

  private static final String NOBODY = "65534";

  @TempDir private Path work;

  /** It still reads the class path, wherever that lies. */
  private static Process start(Path root, String path) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid",
                NOBODY,
                "--regid",
                NOBODY,
                "--clear-groups",
                "--inh-caps",
                "+dac_read_search",
                "--ambient-caps",
                "+dac_read_search"));
    command.addAll(JavaChild.command(NonOwnerProcess.class, root.toString(), path));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static List<String> look(Writer in, BufferedReader out) throws IOException {
    in.write("\n");
    in.flush();
    List<String> findings = new ArrayList<>();
    for (String line = out.readLine(); line != null && !line.isEmpty(); line = out.readLine()) {
      findings.add(line);
    }
    return findings;
  }

  private static List<Path> trashed(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root.resolve(".realize/trash"))) {
      return all.filter(file -> file.endsWith("shot")).toList();
    }
  }

  @Test
  void take_fileOfAnotherUserOpenForWriting_goesToTrash_aLateSaveIsAListedVersion()
      throws Exception {
    try (LoopMount disk = LoopMount.image(work, 64, List.of("mkfs.ext4", "-q"), List.of("mount"))) {
      Path root = Files.createDirectory(disk.root().resolve("root"));
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
      Path shot = Files.writeString(root.resolve("shot"), "first save");
      Process process = start(root, "shot");
      try (FileChannel program = FileChannel.open(shot, StandardOpenOption.WRITE);
          BufferedReader out = process.inputReader();
          Writer in = process.outputWriter()) {
        assertThat(out.readLine()).isEqualTo("TAKEN");
        assertThat(shot).doesNotExist();
        assertThat(look(in, out)).isEmpty();
        program.write(ByteBuffer.wrap("late".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        List<String> findings = look(in, out);
        assertThat(findings)
            .singleElement()
            .asString()
            .contains("shot: a program changed it after it was taken out");
        assertThat(trashed(root))
            .singleElement()
            .satisfies(file -> {
              assertThat(file).hasContent("latet save");
              assertThat(findings.getFirst()).contains("'" + root.relativize(file) + "'");
            });
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
