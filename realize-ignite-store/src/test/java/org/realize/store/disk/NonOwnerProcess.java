package org.realize.store.disk;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.real.Real;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryGlobalStore;

/**
 * A process that takes a file out of a root, as a drop does, and looks at the trash when it is
 * given a line. Prints the outcome, then the findings and an empty line after each look.
 */
final class NonOwnerProcess {

  private NonOwnerProcess() {}

  public static void main(String[] arguments) throws Exception {
    ManualTime time = new ManualTime();
    ArenaStore store = new MemoryGlobalStore(new Random(1)).arena(new ArenaName("photos"));
    Path root = Path.of(arguments[0]);
    Real real = new Real(new LocalDisk(root), RootProbe.probe(root), store, time);
    RelativePath path = RelativePath.of(arguments[1]);
    FileStat listed = real.disk().stat(path).orElseThrow();
    System.out.println(real.trash().take(path, listed, true));
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      while (in.readLine() != null) {
        time.advance(Duration.ofHours(2));
        boolean isMoreDue = true;
        while (isMoreDue) {
          isMoreDue = real.step();
        }
        for (Finding finding : store.<List<Finding>>read(reader -> reader.findings(10))) {
          System.out.println(finding.subject() + ": " + finding.cause());
        }
        System.out.println();
      }
    }
  }
}
