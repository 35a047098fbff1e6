package org.realize.sync.real;

import java.io.IOException;
import java.time.Duration;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Finding;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The root of one arena: its disk, what that can hold, its trash, and the protocol by which its
 * files are replaced. Thread-safe but for {@link #step}, which is for one thread.
 */
public final class Real {
  private static final Logger LOG = LoggerFactory.getLogger(Real.class);

  private static final Duration SAVE = Duration.ofHours(1);

  private final Disk disk;
  private final RootCapabilities capabilities;
  private final ArenaStore store;
  private final TimeSource time;
  private final ObservedTime observed;
  private final Trash trash;
  private final TrashUpkeep upkeep;
  private final ApplyProtocol apply;
  private final Snapshots snapshots;
  private long savedMillis;

  public Real(Disk disk, RootCapabilities capabilities, ArenaStore store, TimeSource time)
      throws RealizeException {
    this.disk = disk;
    this.capabilities = capabilities;
    this.store = store;
    this.time = time;
    RealFindings findings = this::report;
    observed = ObservedTime.of(store, time);
    savedMillis = observed.millis();
    trash = new Trash(disk, observed, findings);
    upkeep = new TrashUpkeep(disk, trash, observed, findings);
    snapshots = new Snapshots(disk);
    apply = new ApplyProtocol(disk, store, trash, observed, findings);
  }

  public Disk disk() {
    return disk;
  }

  public RootCapabilities capabilities() {
    return capabilities;
  }

  private void report(RelativePath path, String cause) {
    try {
      Finding finding =
          Finding.Key.of(Finding.Kind.FAILED, Finding.Part.ROOT, path)
              .found(cause, time.unixMillis());
      store.write(writer -> {
        writer.putFinding(finding);
      });
    } catch (RealizeException e) {
      LOG.warn("list '{}': {}", path, e.oneLine());
    }
  }

  public Trash trash() {
    return trash;
  }

  public Snapshots snapshots() {
    return snapshots;
  }

  public ApplyProtocol apply() {
    return apply;
  }

  /**
   * Does what is due of the trash's upkeep, and concludes replacements that were interrupted; call
   * it every few seconds.
   */
  public void step() throws IOException, RealizeException {
    upkeep.step();
    if (observed.millis() - savedMillis >= SAVE.toMillis()) {
      save();
    }
    apply.conclude();
  }

  /** Saves the observed time; once more at shutdown. */
  public void save() throws RealizeException {
    savedMillis = observed.millis();
    store.write(observed::save);
  }
}
