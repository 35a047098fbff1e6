package org.realize.nima.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The notice to systemd that the daemon is ready, where a unit of {@code Type=notify} has started
 * it: such a start ends with the notice, as sd_notify(3) says. The program {@code systemd-notify}
 * sends it.
 */
final class ReadyNotice {

  private static final String SOCKET = "NOTIFY_SOCKET";
  private static final String PROGRAM = "systemd-notify";

  private ReadyNotice() {}

  /** Sends the notice if somebody waits for it; a failure is a line of {@code errors}. */
  static void send(Surroundings here, PrintWriter errors) throws InterruptedException {
    Optional<String> socket = here.variable(SOCKET);
    if (socket.isEmpty()) {
      return;
    }
    Optional<Program> program = Program.find(PROGRAM, here);
    if (program.isEmpty() || !program.get().run(List.of("--ready"), Map.of(SOCKET, socket.get()))) {
      errors.println(
          "systemd waits for the notice that the daemon is ready: " + PROGRAM + " failed");
      errors.flush();
    }
  }
}
