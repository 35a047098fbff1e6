package org.realize.fuse.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class OwnerTest {

  private static Stream<String> lines(Path file) {
    return file.endsWith("passwd")
        ? Stream.of("root:x:0:0:root:/root:/bin/sh", "media:x:115:120:Media:/srv:/usr/sbin/nologin")
        : Stream.of("root:x:0:", "users:x:100:ann,bob", "half a line");
  }

  private static Owner parse(String text) {
    return Owner.parse(text, OwnerTest::lines);
  }

  @Test
  void parse_namesAndNumbers_areFound() {
    assertThat(parse("media")).isEqualTo(new Owner(115, 120));
    assertThat(parse("115")).isEqualTo(new Owner(115, 120));
    assertThat(parse("media:users")).isEqualTo(new Owner(115, 100));
    assertThat(parse("4711:4712")).isEqualTo(new Owner(4711, 4712));
    assertThat(parse("4711")).isEqualTo(new Owner(4711, 4711));
    assertThat(Owner.parse("root")).as("of this machine").isEqualTo(new Owner(0, 0));
  }

  @Test
  void parse_unknown_isRefused() {
    for (String text : new String[] {"", "nobody here", "media:", ":users", "-1", "99999999999"}) {
      assertThatThrownBy(() -> parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
