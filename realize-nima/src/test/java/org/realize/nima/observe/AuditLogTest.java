package org.realize.nima.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {

  @TempDir private Path directory;

  @Test
  void write_eventsOverTwoLives_areOneLineEach() throws Exception {
    Path file = directory.resolve("audit.log");
    for (String event : new String[] {"arena photos: 'a\nb'", "arena photos: {} 100 %"}) {
      try (AuditLog log = AuditLog.open(file)) {
        log.write(event);
        assertThat(Files.readString(file)).endsWith(event.replace('\n', ' ') + "\n");
      }
    }
    assertThat(Files.readAllLines(file))
        .hasSize(2)
        .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z .*"));
  }
}
