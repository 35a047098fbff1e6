package org.realize.nima.cli;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code realize doctor}: prints a line for each check of the node, and says what is wrong. */
@Command(
    name = "doctor",
    description =
        "Checks configuration, key, directories, roots and mount; exit code 1 if one is wrong.")
final class DoctorCommand extends NodeCommand implements Callable<ExitCode> {

  @Override
  public ExitCode call() {
    List<Check> checks = new Doctor(configurationFile()).examine();
    for (Check check : checks) {
      out()
          .printf(
              "%-5s %s: %s%n",
              check.severity().name().toLowerCase(Locale.ROOT),
              Printable.line(check.subject()),
              Printable.line(check.text()));
    }
    out().flush();
    boolean wrong = checks.stream().anyMatch(check -> check.severity() == Check.Severity.WRONG);
    return wrong ? ExitCode.ERROR : ExitCode.OK;
  }
}
