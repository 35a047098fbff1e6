package org.realize.sync.arena;

import java.util.List;
import java.util.Set;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Finding;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The findings of one arena, for work that has no commit of its own to write them in. A finding
 * that cannot be written is logged: it must not stop the work that it is about. Thread-safe.
 */
public final class ArenaFindings {

  private static final Logger LOG = LoggerFactory.getLogger(ArenaFindings.class);

  private final ArenaStore store;
  private final TimeSource time;

  ArenaFindings(ArenaStore store, TimeSource time) {
    this.store = store;
    this.time = time;
  }

  /** Lists a finding, or replaces the one of the same key. */
  public void list(Finding.Key key, String cause) {
    Finding finding = key.toFinding(cause, time.unixMillis());
    write(finding.place(), writer -> writer.putFinding(finding));
  }

  /** Takes a finding off the list, if it is there. */
  public void remove(Finding.Key key) {
    write(key.toFinding("", 0).place(), writer -> writer.removeFinding(key));
  }

  /** Takes all findings of {@code parts} off the list that were listed before {@code millis}. */
  public void removeOlderThan(long millis, Set<Finding.Part> parts) throws RealizeException {
    List<Finding> over =
        store.read(reader -> reader.findings(Integer.MAX_VALUE)).stream()
            .filter(finding -> finding.sinceMillis() < millis)
            .filter(finding -> parts.contains(finding.source().part()))
            .toList();
    store.writeEach(over, 1_000, (writer, finding) -> writer.removeFinding(finding.key()));
  }

  private void write(String place, ArenaStore.Effect effect) {
    try {
      store.write(effect);
    } catch (RealizeException e) {
      LOG.error("list '{}' of {}: {}", place, store.arena(), e.oneLine());
    }
  }
}
