package org.realize.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class RequestTest {

  private static Request ofName(byte[] name) {
    Request request = new Request(4096);
    ByteBuffer bytes = request.buffer().bytes();
    int length = Protocol.IN_HEADER_BYTES + name.length + 1;
    bytes.putInt(0, length).putInt(4, Protocol.Opcode.LOOKUP).putLong(8, 7).putLong(16, 1);
    bytes.put(Protocol.IN_HEADER_BYTES, name).put(length - 1, (byte) 0);
    assertThat(request.filled(length)).isTrue();
    return request;
  }

  @Test
  void text_inUtf8_isThatText() {
    for (String name : new String[] {"a", "ü", "日本", "🗃", "\uFFFD", "x".repeat(255)}) {
      assertThat(ofName(name.getBytes(StandardCharsets.UTF_8)).text(0)).hasValue(name);
    }
  }

  @Test
  void text_notUtf8_isEmpty() {
    byte[][] names = {{(byte) 0xff}, {'a', (byte) 0xc3}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80}};
    for (byte[] name : names) {
      assertThat(ofName(name).text(0)).isEmpty();
    }
  }

  @Test
  void text_withoutEnd_staysWithinTheRequest() {
    Request request = ofName(new byte[] {'a', 'b'});
    request.buffer().bytes().put(Protocol.IN_HEADER_BYTES + 2, (byte) 'c');
    request.buffer().bytes().put(Protocol.IN_HEADER_BYTES + 3, (byte) 'd');
    assertThat(request.text(0)).hasValue("abc");
  }

  @Test
  void filled_withAnotherLengthThanItSays_isRefused() {
    Request request = ofName(new byte[] {'a'});
    assertThat(request.filled(10)).isFalse();
    assertThat(request.filled(Protocol.IN_HEADER_BYTES)).isFalse();
    assertThat(request.filled(-4)).isFalse();
  }
}
