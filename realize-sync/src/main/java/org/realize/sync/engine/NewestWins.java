package org.realize.sync.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.realize.sync.arena.Arena;
import org.realize.sync.engine.Conflicts.Choice;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The resolution of an arena's conflicts without its user, for the version made last. */
public final class NewestWins implements Job {

  private static final Logger LOG = LoggerFactory.getLogger(NewestWins.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);

  private final Arena arena;
  private final Conflicts conflicts;

  public NewestWins(Arena arena, Conflicts conflicts) {
    this.arena = arena;
    this.conflicts = conflicts;
  }

  @Override
  public String purpose() {
    return "resolve conflicts";
  }

  @Override
  public Optional<Duration> step() throws RealizeException {
    if (arena.store().read(reader -> reader.totals().conflicts()) > 0) {
      for (PathState state : conflicts.list(_ -> true)) {
        resolve(state.path());
      }
    }
    return Optional.of(PERIOD);
  }

  private void resolve(RelativePath path) throws RealizeException {
    Choice choice = new Choice.Newest();
    try {
      conflicts.check(List.of(path), choice);
    } catch (RealizeException.InDoubt | RealizeException.Invalid | RealizeException.VersionGone e) {
      LOG.debug("arena {}: {}", arena.name(), e.oneLine());
      return;
    }
    conflicts.resolve(List.of(path), choice);
    LOG.info("arena {}: conflict at '{}' resolved for the version made last", arena.name(), path);
  }
}
