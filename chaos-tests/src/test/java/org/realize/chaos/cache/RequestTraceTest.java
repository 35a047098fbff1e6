package org.realize.chaos.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestTraceTest {

  private static RequestTrace read(String text) throws IOException {
    return RequestTrace.read(new BufferedReader(new StringReader(text)));
  }

  @Test
  void read_textWithComments_hasARequestALine() throws IOException {
    RequestTrace trace = read("# a trace\na 10\nb\t20\n\n a 10 more\na 30\n");

    assertThat(trace.length()).isEqualTo(4);
    assertThat(trace.footprintBytes()).isEqualTo(60);
  }

  @Test
  void read_lineWithoutSize_failsNamingIt() {
    assertThatThrownBy(() -> read("a 1\nb\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("b");
  }

  @Test
  void replay_lru_countsRequestsAndBytes() throws IOException {
    RequestTrace trace = read("a 10\na 10\nb 20\nc 40\na 10\n");

    assertThat(trace.replay(new LruCache(30))).isEqualTo(new HitRatios(40, 100.0 * 20 / 90));
    assertThat(trace.replay(new LruCache(15))).isEqualTo(new HitRatios(40, 100.0 * 20 / 90));
    assertThat(trace.replay(new LruCache(5))).isEqualTo(new HitRatios(0, 0));
  }

  @Test
  void print_generated_readsAsTheSame() throws IOException {
    RequestTrace trace = TraceKind.SCAN.generate(50, 500, true, 1);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    trace.print(new PrintStream(text, true, StandardCharsets.UTF_8));
    RequestTrace again = read(text.toString(StandardCharsets.UTF_8));

    assertThat(again.length()).isEqualTo(500);
    assertThat(again.footprintBytes()).isEqualTo(trace.footprintBytes());
    assertThat(again.replay(new LruCache(1L << 33)))
        .isEqualTo(trace.replay(new LruCache(1L << 33)));
  }

  @Test
  void generate_mixedSizes_areFrom4KiBTo8GiB() throws IOException {
    RequestTrace trace = TraceKind.LOOP.generate(2_000, 2_000, true, 1);

    assertThat(trace.footprintBytes() / 2_000).isBetween(300L << 20, 900L << 20);
  }
}
