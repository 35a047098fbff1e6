package org.realize.nima.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;

/**
 * An {@code [[arena]]} table.
 *
 * @param root absolute; absent for a private one ({@link PrivateRoots})
 * @param mark of everything that has none of its own
 * @param minCopies how many other peers must hold bytes before we give them up
 * @param debounce how long a changed file must be quiet before it is hashed
 * @param hashers how many files are hashed at once
 * @param isGuarded true if mass removals by a peer wait for the user
 * @param newestWins true if conflicts are resolved by themselves, for the version made last
 * @param ignore patterns in gitignore syntax, before those of {@code .realizeignore}
 * @param pause the hours in which the work that marks ask for is paused
 * @param perishable patterns of names that go to the trash with the directory that holds them
 */
public record ArenaSettings(
    ArenaName name,
    Optional<Path> root,
    Mark mark,
    CacheSettings cache,
    int minCopies,
    Duration debounce,
    int hashers,
    boolean isGuarded,
    boolean newestWins,
    PauseTimes pause,
    List<String> ignore,
    List<String> perishable) {

  public ArenaSettings {
    ignore = List.copyOf(ignore);
    perishable = List.copyOf(perishable);
  }
}
