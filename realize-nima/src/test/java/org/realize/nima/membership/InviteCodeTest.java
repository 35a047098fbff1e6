package org.realize.nima.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.InviteCode.JoinSide;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException.Invalid;

class InviteCodeTest {

  private final PeerKey inviter = key();
  private final InviteCode code =
      InviteCode.of(
          inviter,
          List.of(
              new HostPort("192.168.1.20", 9771),
              new HostPort("2001:db8:0:0:0:0:0:7", 65_535),
              new HostPort("nas.example", 1)),
          new SecureRandom());

  private static PeerKey key() {
    return NodeKey.generate(new SecureRandom()).publicKey();
  }

  @Test
  void parse_text_isTheCode() throws Exception {
    assertThat(code.text()).matches("([0-9A-HJKMNP-TV-Z]{5}-)+[0-9A-HJKMNP-TV-Z]{1,5}");
    assertThat(InviteCode.parse(code.text())).isEqualTo(code);
    assertThat(code.isOf(inviter)).isTrue();
    assertThat(code.isOf(key())).isFalse();
  }

  @Test
  void parse_asAPersonWritesIt_isTheCode() throws Exception {
    String text = code.text();
    assertThat(InviteCode.parse(text.toLowerCase(Locale.ROOT))).isEqualTo(code);
    assertThat(InviteCode.parse(text.replace('-', ' '))).isEqualTo(code);
    assertThat(InviteCode.parse("\n " + text.replace("-", "") + "\n")).isEqualTo(code);
    assertThat(InviteCode.parse(text.replace('0', 'O').replace('1', 'l'))).isEqualTo(code);
  }

  @Test
  void parse_oneWrongCharacter_isRefusedWhereverItIs() {
    String text = code.text();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // the last character may carry bits that no byte has
      if (c != '-' && i < text.length() - 1) {
        String wrong = text.substring(0, i) + (c == 'Z' ? 'Y' : 'Z') + text.substring(i + 1);
        assertThatThrownBy(() -> InviteCode.parse(wrong)).as(wrong).isInstanceOf(Invalid.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "0", "hello world", "UUUUU", "04ZK8-NPQRS", "ßßßß"})
  void parse_noCode_isRefusedOnOneLine(String text) {
    assertThatThrownBy(() -> InviteCode.parse(text))
        .isInstanceOf(Invalid.class)
        .message()
        .startsWith("read the code: ")
        .doesNotContain("\n");
  }

  @Test
  void parse_anyPrefix_isRefused() {
    String text = code.text();
    IntStream.range(0, text.length() - 2)
        .forEach(end ->
            assertThatThrownBy(() -> InviteCode.parse(text.substring(0, end)))
                .isInstanceOf(Invalid.class));
  }

  @Test
  void parse_longText_isRefused() {
    assertThatThrownBy(() -> InviteCode.parse("0".repeat(1_000_000))).isInstanceOf(Invalid.class);
  }

  @Test
  void proof_isOfOneSideAndTwoKeys() {
    PeerKey joiner = key();
    var proof = code.proof(JoinSide.JOINER, inviter, joiner);

    assertThat(code.isProof(proof, JoinSide.JOINER, inviter, joiner)).isTrue();
    assertThat(code.isProof(proof, JoinSide.INVITER, inviter, joiner)).isFalse();
    assertThat(code.isProof(proof, JoinSide.JOINER, inviter, key())).isFalse();
    assertThat(code.isProof(proof, JoinSide.JOINER, key(), joiner)).isFalse();
    assertThat(code.isProof(proof, JoinSide.JOINER, joiner, inviter)).isFalse();
    InviteCode other = InviteCode.of(inviter, code.addresses(), new SecureRandom());
    assertThat(other.isProof(proof, JoinSide.JOINER, inviter, joiner)).isFalse();
  }

  @Test
  void toString_hasNoSecret() {
    assertThat(code.toString()).isEqualTo("code of " + code.addresses());
  }
}
