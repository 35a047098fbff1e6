package org.realize.nima.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.RealizeException.Invalid;

class SignedClaimTest {

  private static final ClaimHash ONE = ClaimHash.of("one");

  private final NodeKey nas = NodeKey.generate(new SecureRandom());
  private final NodeKey laptop = NodeKey.generate(new SecureRandom());
  private final Admission admission =
      new Admission(
          nas.publicKey(), ONE, laptop.publicKey(), 1, "laptop", List.of("192.0.2.7:9771"));
  private final Revocation revocation =
      new Revocation(nas.publicKey(), ONE, laptop.publicKey(), 1, ClaimHash.NONE);

  private static List<MemberClaim> read(byte[] json) throws Invalid {
    return SignedClaim.read(json, Map.of()).stream().map(SignedClaim::claim).toList();
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
    assertThat(SignedClaim.read(json, Map.of())).isEqualTo(claims);
    Map<ClaimHash, SignedClaim> known = Map.of(claims.getFirst().hash(), claims.getFirst());
    assertThat(SignedClaim.write(SignedClaim.read(json, known))).isEqualTo(json);
    assertThat(claims.getFirst().hash()).isEqualTo(admission.hash());
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

  private SignedClaim withAddresses(String name, List<String> addresses) {
    return SignedClaim.of(
        new Admission(nas.publicKey(), ONE, laptop.publicKey(), 1, name, addresses), nas);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b c",
        "nas",
        "nas:09771",
        "n\u00e4s:1",
        "nas\":1",
        "nas\\:1",
        "nas\u0001:1",
        "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh:1"
      })
  void read_addressThatIsNotPlain_isLeftOut(String address) throws Exception {
    assertThat(read(SignedClaim.write(List.of(withAddresses("laptop", List.of(address))))))
        .isEmpty();
  }

  @Test
  void read_longestClaim_isRead_oneAddressMoreIsNot() throws Exception {
    String address = "h".repeat(54) + ":65535";
    SignedClaim longest = withAddresses("n".repeat(64), Collections.nCopies(6, address));
    SignedClaim longer = withAddresses("n", Collections.nCopies(7, "h:1"));

    assertThat(read(SignedClaim.write(List.of(longest)))).hasSize(1);
    assertThat(read(SignedClaim.write(List.of(longer)))).isEmpty();
  }

  @Test
  void write_fullListOfLongestClaims_fitsIntoAFrame() throws Exception {
    String address = "h".repeat(54) + ":65535";
    Admission longest =
        new Admission(
            nas.publicKey(),
            ONE,
            laptop.publicKey(),
            ClaimText.MAX_EPOCH,
            "n".repeat(64),
            Collections.nCopies(6, address));
    SignedClaim claim = SignedClaim.of(longest, nas);
    List<SignedClaim> full = Collections.nCopies(MemberList.MAX_CLAIMS, claim);

    assertThat(read(SignedClaim.write(full))).hasSize(MemberList.MAX_CLAIMS);
    assertThat(SignedClaim.write(full).length).isLessThan(1 << 20);
  }

  @Test
  void read_otherTextOfTheSameClaim_isLeftOut() throws Exception {
    String text = ClaimText.of(revocation);
    for (String other :
        List.of(
            text.replace("{\"kind\"", "{ \"kind\""),
            text.replace("revocation", "\\u0072evocation"),
            text.replace("\"epoch\":1", "\"epoch\":1.0"),
            text.replace("}", ",\"more\":1}"))) {
      assertThat(other).isNotEqualTo(text);
      assertThat(read(signed(other))).as(other).isEmpty();
    }
    assertThat(read(signed(text))).containsExactly(revocation);
  }

  /** A list of one text, signed by its author. */
  private byte[] signed(String text) {
    byte[] signature = nas.sign(bytes("realize-members/2\n" + text));
    String json = text.replace("\\", "\\\\").replace("\"", "\\\"");
    return bytes(
        "[{\"claim\":\"%s\",\"signature\":\"%s\"}]"
            .formatted(json, Base64.getEncoder().encodeToString(signature)));
  }

  @Test
  void read_epochOutOfBounds_isLeftOut() throws Exception {
    for (long epoch : List.of(-1L, ClaimText.MAX_EPOCH + 1, Long.MAX_VALUE)) {
      Revocation odd =
          new Revocation(nas.publicKey(), ONE, laptop.publicKey(), epoch, ClaimHash.NONE);
      assertThat(read(SignedClaim.write(List.of(SignedClaim.of(odd, nas))))).isEmpty();
    }
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
