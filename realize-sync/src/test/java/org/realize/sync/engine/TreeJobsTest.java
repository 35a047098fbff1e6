package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;

/**
 * Two owners of one arena whose users rename, remove and fill directories at the same time, with
 * kills of the one and work in between. What nobody removed is at both in the end.
 */
@Timeout(300)
class TreeJobsTest {
  private static final long SEED = Long.getLong("realize.seed", 20_261_131);
  private static final int CASES = 60;
  private static final List<String> TOPS = List.of("a", "b", "c", "d");

  private final List<String> happened = new ArrayList<>();
  private final Set<String> written = new TreeSet<>();
  private SyncRig.@Nullable Peer here;
  private int files;

  @Test
  void directoriesRenamedRemovedAndFilled_atBothWithKills_areEqual_andNothingIsLost()
      throws Exception {
    for (int number = 0; number < CASES; number++) {
      long seed = SEED + number;
      happened.clear();
      written.clear();
      happened.add("seed " + seed);
      play(new SplittableRandom(seed));
    }
  }

  private void play(SplittableRandom random) throws Exception {
    try (SyncRig rig = new SyncRig()) {
      SyncRig.Peer here = rig.peer("here", Mark.OWN);
      this.here = here;
      SyncRig.Peer there = rig.peer("there", Mark.OWN);
      here.write("stays", "so that the guard lets the others go");
      here.write("stays too", "likewise");
      for (String top : TOPS.subList(0, 2)) {
        fill(here, top, random);
      }
      rig.settle();
      for (int step = 0; step < 12; step++) {
        SyncRig.Peer peer = random.nextInt(4) == 0 ? there : here;
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> rename(peer, random);
          case 3 -> remove(peer, random);
          case 4 -> fill(peer, TOPS.get(random.nextInt(TOPS.size())), random);
          case 5 -> kill(there, random);
          case 6 -> {
            happened.add("pulls in part");
            there.pull(1 + random.nextInt(6));
            there.work();
          }
          default -> {
            happened.add("settles");
            rig.settle();
          }
        }
        here.scan();
        if (random.nextBoolean()) {
          there.pull();
          rig.time.advance(Duration.ofMillis(random.nextInt(3_000)));
          there.work();
        }
      }
      for (int i = 0; i < 3; i++) {
        rig.time.advance(Duration.ofHours(2)); // what was retried later
        rig.settle();
      }
      Map<String, String> tree = here.tree();
      assertThat(there.tree()).as("%s", happened).isEqualTo(tree);
      List<String> contents = new ArrayList<>(tree.values());
      contents.addAll(there.trash());
      contents.addAll(here.trash());
      for (String content : written) {
        assertThat(contents).as("%s", happened).anyMatch(seen -> seen.endsWith(content));
      }
    }
  }

  private void fill(SyncRig.Peer peer, String top, SplittableRandom random) throws Exception {
    String directory = random.nextBoolean() ? top : top + "/s";
    for (String each : List.of(top, directory)) {
      if (peer.disk.stat(RelativePath.of(each)).isEmpty()) {
        peer.files.createDirectory(each);
      }
    }
    for (int i = random.nextInt(4); i >= 0; i--) {
      String content = "content %03d".formatted(++files);
      String file = directory + "/f" + files;
      if (peer.disk.stat(RelativePath.of(file)).isEmpty()) {
        peer.write(file, content);
        written.add(content);
        happened.add(name(peer) + " writes " + file);
      }
    }
  }

  private void rename(SyncRig.Peer peer, SplittableRandom random) throws Exception {
    String from = TOPS.get(random.nextInt(TOPS.size())) + (random.nextInt(4) == 0 ? "/s" : "");
    String to = TOPS.get(random.nextInt(TOPS.size()));
    if (isDirectory(peer, from)
        && peer.disk.stat(RelativePath.of(to)).isEmpty()
        && !RelativePath.of(to).contains(RelativePath.of(from))) {
      peer.files.rename(from, to);
      happened.add(name(peer) + " renames " + from + " to " + to);
    }
  }

  /** What the user removes is not to be found any more, but may be in a trash. */
  private void remove(SyncRig.Peer peer, SplittableRandom random) throws Exception {
    String top = TOPS.get(random.nextInt(TOPS.size())) + (random.nextBoolean() ? "/s" : "");
    if (isDirectory(peer, top)) {
      forget(peer, RelativePath.of(top));
      peer.files.delete(top);
      happened.add(name(peer) + " removes " + top);
    }
  }

  private void forget(SyncRig.Peer peer, RelativePath directory) throws IOException {
    for (Disk.Entry entry : peer.disk.entries(directory).entries()) {
      RelativePath path = directory.child(entry.name());
      if (entry.stat().kind() == FileStat.Kind.DIRECTORY) {
        forget(peer, path);
      } else {
        String bytes =
            new String(peer.files.read(path.toString()), java.nio.charset.StandardCharsets.UTF_8);
        written.remove(bytes);
      }
    }
  }

  /** The process ends after some effects, and another one begins. */
  private void kill(SyncRig.Peer peer, SplittableRandom random) throws Exception {
    int effects = random.nextInt(40);
    happened.add("killed after " + effects);
    peer.disk.powerOffAfter(effects);
    try {
      peer.scan();
      peer.pull();
      peer.work();
    } catch (Exception off) {
      happened.add(String.valueOf(off.getMessage()));
    }
    peer.disk.kill();
    peer.restart();
  }

  private String name(SyncRig.Peer peer) {
    return peer == here ? "here" : "there";
  }

  private static boolean isDirectory(SyncRig.Peer peer, String path) throws IOException {
    return peer.disk
        .stat(RelativePath.of(path))
        .filter(stat -> stat.kind() == FileStat.Kind.DIRECTORY)
        .isPresent();
  }
}
