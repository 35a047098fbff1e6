package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.text.Normalizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ForwardingDisk;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.SleeplessTime;

/** Tests of moves to a file system that folds names, in case or normalisation. */
final class FoldedTargetTest {
  private static final RootCapabilities FOLDING =
      new RootCapabilities(false, false, true, 1, true, 255);

  private final MemoryDisk from = new MemoryDisk(new ManualTime());
  private final MemoryDisk to = new MemoryDisk(new ManualTime(), 1L << 40, 2);
  private final SleeplessTime time = new SleeplessTime();
  private final List<String> told = Collections.synchronizedList(new ArrayList<>());

  /** A disk that finds what is there by any spelling of its name. */
  private static final class FoldingDisk extends ForwardingDisk {
    FoldingDisk(MemoryDisk disk) {
      super(disk);
    }

    private RelativePath stored(RelativePath path) throws IOException {
      RelativePath stored = RelativePath.ROOT;
      for (String part : path.parts()) {
        boolean isDirectory =
            super.stat(stored).filter(s -> s.kind() == FileStat.Kind.DIRECTORY).isPresent();
        List<String> names = isDirectory ? super.list(stored).names() : List.of();
        stored =
            stored.child(
                names.stream()
                    .filter(name -> folded(name).equals(folded(part)))
                    .findFirst()
                    .orElse(part));
      }
      return stored;
    }

    private static String folded(String name) {
      return Normalizer.normalize(name, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    }

    @Override
    public Optional<FileStat> stat(RelativePath path) throws IOException {
      return super.stat(stored(path));
    }

    @Override
    public DiskFile open(RelativePath path, OpenMode mode) throws IOException {
      return super.open(stored(path), mode);
    }

    @Override
    public Listing list(RelativePath directory) throws IOException {
      return super.list(stored(directory));
    }

    @Override
    public void createDirectory(RelativePath path) throws IOException {
      super.createDirectory(stored(path));
    }

    @Override
    public Optional<FileStat> renameNew(RelativePath source, RelativePath target)
        throws IOException {
      return super.renameNew(source, stored(target));
    }

    @Override
    public void forceDirectory(RelativePath directory) throws IOException {
      super.forceDirectory(stored(directory));
    }
  }

  private final class Told implements Mover.MoveListener {
    @Override
    public void moved(MovedFile file, FileMove.MoveOutcome outcome) {}

    @Override
    public void retrying(MovedFile file, RealizeException cause, Duration delay) {}

    @Override
    public void failed(MovedFile file, RealizeException cause) {
      told.add(cause.oneLine());
    }
  }

  private int move() throws Exception {
    MoveTarget target = PlainTarget.files("stick", new FoldingDisk(to), FOLDING);
    FileMove move =
        new FileMove(new PlainSource("nas", from, time).files(), target, false, new Tally());
    Mover.Settings settings = new Mover.Settings(1, Duration.ofHours(1));
    return new Mover(move, settings, new Told(), time, new SplittableRandom(1)).run();
  }

  /** The second name would be lost although its bytes are the same. */
  @Test
  void run_nameThatIsThereInOtherCase_isRefusedAndNamed() throws Exception {
    from.user().write("Readme", new byte[3]);
    to.user().write("README", new byte[3]);
    assertThat(move()).isEqualTo(1);
    assertThat(told)
        .containsExactly(
            "move 'Readme' to stick: the file system there takes the name for 'README'; both are"
                + " left");
    assertThat(from.user().read("Readme")).hasSize(3);
    assertThat(to.list(RelativePath.ROOT).names()).containsExactlyInAnyOrder("README");
  }

  @Test
  void run_directoryThatIsThereInOtherNormalisation_isRefusedWithAllInIt() throws Exception {
    from.user().createDirectory("\u00fcber");
    from.user().write("\u00fcber/f", new byte[3]);
    to.user().createDirectory("u\u0308ber");
    assertThat(move()).isEqualTo(2);
    assertThat(told).allMatch(line -> line.contains("takes the name for 'u\u0308ber'"));
    assertThat(to.list(RelativePath.of("u\u0308ber")).names()).isEmpty();
    assertThat(from.user().read("\u00fcber/f")).hasSize(3);
  }

  @Test
  void run_twoNamesOfTheSource_movesOneAndNamesIt() throws Exception {
    from.user().write("a", new byte[1]);
    from.user().write("A", new byte[2]);
    assertThat(move()).isEqualTo(1);
    assertThat(told).singleElement().asString().contains("takes the name for 'A'; both are left");
    assertThat(to.user().read("A")).hasSize(2);
    assertThat(from.user().read("a")).hasSize(1);
  }

  @Test
  void run_nameAsItIsThere_isTheSameFile() throws Exception {
    from.user().createDirectory("d");
    from.user().write("d/f", new byte[3]);
    to.user().createDirectory("d");
    to.user().write("d/f", new byte[3]);
    assertThat(move()).isZero();
    assertThat(from.list(RelativePath.ROOT).names()).containsExactly(".realize");
  }
}
