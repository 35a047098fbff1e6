package org.realize.chaos.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.realize.sync.model.RealizeException;

/**
 * The long form of {@link SimulationTest}, for {@code scripts/chaos}:
 *
 * <ul>
 *   <li>{@code --writers A..B} plays each seed with programs that write through mounts, likewise.
 *   <li>{@code --seeds A..B} plays each seed without moves and with them. At the first that fails
 *       it writes the actions that are left of it to a file and exits with 1, as it does if an
 *       excuse took more than its share of the checks.
 *   <li>{@code --find A..B} says which of these seeds is the first that fails, if one does.
 *   <li>{@code --replay FILE} plays actions from a file.
 *   <li>{@code --trace FILE} plays them and prints what each changed.
 * </ul>
 */
public final class Chaos {

  private static final Path FAILED = Path.of("chaos-tests/target/failed");

  private Chaos() {}

  public static void main(String[] args)
      throws IOException, RealizeException, InterruptedException {
    String mode = args.length == 2 ? args[0] : "";
    boolean isRange = args.length == 2 && args[1].matches("\\d+\\.\\.\\d+");
    if (mode.equals("--seeds") && isRange) {
      sweep(first(args[1]), last(args[1]), Script.Form.SWEPT);
    } else if (mode.equals("--writers") && isRange) {
      sweep(first(args[1]), last(args[1]), List.of(Script.Form.WRITERS));
    } else if (mode.equals("--find") && isRange) {
      System.out.println(find(first(args[1]), last(args[1])));
    } else if (mode.equals("--replay")) {
      Path file = Path.of(args[1]);
      check(String.valueOf(file.getFileName()), Script.parse(Files.readString(file)));
      System.out.println("clean");
    } else if (mode.equals("--trace")) {
      Simulation.trace(Script.parse(Files.readString(Path.of(args[1]))));
    } else {
      System.err.println(
          "usage: chaos --seeds A..B | --writers A..B | --find A..B | --replay FILE | --trace"
              + " FILE");
      System.exit(2);
    }
  }

  private static long first(String range) {
    return Long.parseLong(range.substring(0, range.indexOf("..")));
  }

  private static long last(String range) {
    return Long.parseLong(range.substring(range.indexOf("..") + 2));
  }

  private static void sweep(long first, long last, List<Script.Form> forms) throws IOException {
    long started = System.nanoTime();
    long actions = 0;
    long pages = 0;
    long dropped = 0;
    long reverts = 0;
    long choices = 0;
    long parts = 0;
    Checks checks = new Checks();
    for (long seed = first; seed <= last; seed++) {
      for (Script.Form form : forms) {
        Simulation.Outcome outcome = check(form.name(seed), form.script(seed));
        actions += outcome.actions();
        pages += outcome.pages();
        dropped += outcome.dropped();
        reverts += outcome.reverts();
        choices += outcome.choices();
        parts += outcome.parts();
        checks.add(outcome.checks());
      }
    }
    Duration taken = Duration.ofNanos(System.nanoTime() - started);
    System.out.printf(
        "%d seeds clean: %d actions, %d pages, %d files moved, %d restored by hand, %d replaced by"
            + " a choice, %d parts written to what was elsewhere, %d.%03d s%n%s",
        last - first + 1,
        actions,
        pages,
        dropped,
        reverts,
        choices,
        parts,
        taken.toSeconds(),
        taken.toMillisPart(),
        checks);
    if (!checks.overdrawn().isEmpty()) {
      System.err.println(String.join(System.lineSeparator(), checks.overdrawn()));
      System.exit(1);
    }
  }

  private static Simulation.Outcome check(String name, Script script) throws IOException {
    try {
      return Simulation.check(name, script);
    } catch (Simulation.Failure failure) {
      Path file = FAILED.resolve(name.replace(' ', '-').replaceAll("(\\.txt)?$", ".txt"));
      Files.createDirectories(FAILED);
      Files.writeString(file, failure.script().text());
      System.err.println(failure.getMessage());
      System.err.println("written to " + file);
      System.exit(1);
      throw failure;
    }
  }

  private static String find(long first, long last) {
    for (long seed = first; seed <= last; seed++) {
      for (Script.Form form : Script.Form.values()) {
        try {
          Simulation.play(form.script(seed));
        } catch (Violation violation) {
          return form.name(seed) + ": " + violation.rule();
        } catch (InterruptedException | RealizeException | RuntimeException | Error failure) {
          return form.name(seed) + ": " + failure.getClass().getSimpleName();
        }
      }
    }
    return "clean";
  }
}
