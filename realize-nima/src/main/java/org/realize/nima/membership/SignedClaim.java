package org.realize.nima.membership;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.RealizeException;

/**
 * A claim with its author's signature, as it travels and is kept: the text that was signed goes
 * unchanged from one member to the next. One that is here was verified. Immutable.
 */
public final class SignedClaim {

  private static final String CONTEXT = "realize-members/2\n";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private final MemberClaim claim;
  private final SignedText signed;

  /** The form on the wire: the claim's JSON, and the base64 of the signature. */
  record SignedText(String claim, String signature) {}

  private SignedClaim(MemberClaim claim, SignedText signed) {
    this.claim = claim;
    this.signed = signed;
  }

  /** {@code claim}, whose author's key is {@code key}. */
  public static SignedClaim of(MemberClaim claim, NodeKey key) {
    String json = ClaimText.of(claim);
    String signature = Base64.getEncoder().encodeToString(key.sign(message(json)));
    return new SignedClaim(claim, new SignedText(json, signature));
  }

  private static byte[] message(String json) {
    return (CONTEXT + json).getBytes(StandardCharsets.UTF_8);
  }

  public MemberClaim claim() {
    return claim;
  }

  /** The hash of the claim. */
  public ClaimHash hash() {
    return ClaimHash.of(signed.claim());
  }

  /** All of {@code claims} as one JSON array; a full list of the longest fits into one frame. */
  public static byte[] write(Collection<SignedClaim> claims) {
    try {
      return MAPPER.writeValueAsBytes(claims.stream().map(each -> each.signed).toList());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("every claim has JSON", e);
    }
  }

  /**
   * Reads what {@link #write} wrote; {@code Invalid} if it has another form. Claims that are not
   * signed by their author, not canonical, or of a kind that is not known, are left out, and so are
   * those after the first {@value MemberList#MAX_CLAIMS}.
   *
   * @param known claims that need no verification again
   */
  public static List<SignedClaim> read(byte[] json, Map<ClaimHash, SignedClaim> known)
      throws RealizeException.Invalid {
    SignedText[] texts;
    try {
      texts = Objects.requireNonNull(MAPPER.readValue(json, SignedText[].class));
    } catch (IOException | NullPointerException e) {
      throw new RealizeException.Invalid("read the member list", e);
    }
    List<SignedClaim> claims = new ArrayList<>();
    for (int i = 0; i < Math.min(texts.length, MemberList.MAX_CLAIMS); i++) {
      SignedText each = texts[i];
      if (each != null && each.claim() != null && each.signature() != null) {
        SignedClaim before = known.get(ClaimHash.of(each.claim()));
        Optional.ofNullable(before).or(() -> verified(each)).ifPresent(claims::add);
      }
    }
    return claims;
  }

  private static Optional<SignedClaim> verified(SignedText signed) {
    try {
      MemberClaim claim = ClaimText.parse(signed.claim());
      byte[] signature = Base64.getDecoder().decode(signed.signature());
      return claim.by().verifies(message(signed.claim()), signature)
          ? Optional.of(new SignedClaim(claim, signed))
          : Optional.empty();
    } catch (RealizeException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SignedClaim that && signed.equals(that.signed);
  }

  @Override
  public int hashCode() {
    return signed.hashCode();
  }
}
