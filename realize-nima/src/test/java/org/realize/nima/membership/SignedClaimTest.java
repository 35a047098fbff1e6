package org.realize.nima.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.RealizeException.Invalid;

class SignedClaimTest {

  private final NodeKey nas = NodeKey.generate(new SecureRandom());
  private final NodeKey laptop = NodeKey.generate(new SecureRandom());
  private final Admission admission =
      new Admission(nas.publicKey(), 2, laptop.publicKey(), 1, "laptop", List.of("192.0.2.7:9771"));
  private final Revocation revocation =
      new Revocation(nas.publicKey(), 3, laptop.publicKey(), 1, 7);

  private static List<MemberClaim> read(byte[] json) throws Invalid {
    return SignedClaim.read(json, List.of()).stream().map(SignedClaim::claim).toList();
  }

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void read_written_areTheClaimsWithTheTextThatWasSigned() throws Exception {
    List<SignedClaim> claims =
        List.of(SignedClaim.of(admission, nas), SignedClaim.of(revocation, nas));
    byte[] json = SignedClaim.write(claims);

    assertThat(read(json)).containsExactly(admission, revocation);
    assertThat(SignedClaim.read(json, List.of())).isEqualTo(claims);
    assertThat(SignedClaim.write(SignedClaim.read(json, claims))).isEqualTo(json);
  }

  @Test
  void read_changedClaim_isLeftOut() throws Exception {
    String json =
        new String(
            SignedClaim.write(List.of(SignedClaim.of(admission, nas))), StandardCharsets.UTF_8);

    assertThat(read(bytes(json))).hasSize(1);
    assertThat(read(bytes(json.replace("laptop", "phone")))).isEmpty();
  }

  @Test
  void read_signedByAnotherThanItsAuthor_isLeftOut() throws Exception {
    assertThat(read(SignedClaim.write(List.of(SignedClaim.of(admission, laptop))))).isEmpty();
  }

  @Test
  void read_addressThatIsNone_isLeftOut() throws Exception {
    Admission odd =
        new Admission(nas.publicKey(), 1, laptop.publicKey(), 1, "laptop", List.of("a b c"));

    assertThat(read(SignedClaim.write(List.of(SignedClaim.of(odd, nas))))).isEmpty();
  }

  @Test
  void read_longClaim_isLeftOut_theLongestOfADeskIsNot() throws Exception {
    Admission longest =
        new Admission(
            nas.publicKey(),
            Long.MAX_VALUE,
            laptop.publicKey(),
            Long.MAX_VALUE,
            "n".repeat(64),
            Collections.nCopies(6, "h".repeat(54) + ":65535"));
    Admission longer =
        new Admission(
            nas.publicKey(),
            1,
            laptop.publicKey(),
            1,
            "n",
            Collections.nCopies(16, "h".repeat(54) + ":65535"));

    assertThat(read(SignedClaim.write(List.of(SignedClaim.of(longest, nas))))).hasSize(1);
    assertThat(read(SignedClaim.write(List.of(SignedClaim.of(longer, nas))))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[null]",
        "[{}]",
        "[{\"claim\":\"{}\",\"signature\":\"\"}]",
        "[{\"claim\":\"{\\\"kind\\\":\\\"other\\\"}\",\"signature\":\"AAAA\"}]",
        "[{\"claim\":\"[\",\"signature\":\"?\"}]"
      })
  void read_noClaims_areLeftOut(String json) throws Exception {
    assertThat(read(bytes(json))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "{}", "[", "1", "[1]"})
  void read_noList_isInvalid(String json) {
    assertThatThrownBy(() -> read(bytes(json))).isInstanceOf(Invalid.class);
  }
}
