package org.realize.nima.membership;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/**
 * A claim with its author's signature, as it travels and is kept: the text that was signed goes
 * unchanged from one member to the next. One that is here was verified. Immutable.
 */
public final class SignedClaim {

  /** The most addresses of an admission. */
  private static final int MAX_ADDRESSES = 16;

  /** The most bytes of a claim: all of a list fit into one frame, even if each is escaped. */
  private static final int MAX_CLAIM_BYTES = 900;

  private static final String CONTEXT = "realize-members/1\n";
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  private final MemberClaim claim;
  private final SignedText signed;

  /** The form on the wire: the claim's JSON, and the base64 of the signature. */
  record SignedText(String claim, String signature) {}

  /** The JSON of a claim; keys are the base64 of SubjectPublicKeyInfo. */
  record ClaimText(
      String kind,
      String by,
      long seq,
      String member,
      long epoch,
      @Nullable String name,
      @Nullable List<String> addresses,
      @Nullable Long cutoff) {}

  private SignedClaim(MemberClaim claim, SignedText signed) {
    this.claim = claim;
    this.signed = signed;
  }

  /** {@code claim}, whose author's key is {@code key}. */
  public static SignedClaim of(MemberClaim claim, NodeKey key) {
    ClaimText text =
        switch (claim) {
          case Admission a ->
              new ClaimText(
                  "admission",
                  text(a.by()),
                  a.seq(),
                  text(a.member()),
                  a.epoch(),
                  a.name(),
                  a.addresses(),
                  null);
          case Revocation r ->
              new ClaimText(
                  "revocation",
                  text(r.by()),
                  r.seq(),
                  text(r.member()),
                  r.epoch(),
                  null,
                  null,
                  r.cutoff());
        };
    try {
      String json = MAPPER.writeValueAsString(text);
      String signature = Base64.getEncoder().encodeToString(key.sign(message(json)));
      return new SignedClaim(claim, new SignedText(json, signature));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("every claim has JSON", e);
    }
  }

  private static String text(PeerKey key) {
    return Base64.getEncoder().encodeToString(key.spki());
  }

  private static byte[] message(String json) {
    return (CONTEXT + json).getBytes(StandardCharsets.UTF_8);
  }

  public MemberClaim claim() {
    return claim;
  }

  /** All of {@code claims} as one JSON array. */
  public static byte[] write(Collection<SignedClaim> claims) {
    try {
      return MAPPER.writeValueAsBytes(claims.stream().map(each -> each.signed).toList());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("every claim has JSON", e);
    }
  }

  /**
   * Reads what {@link #write} wrote; {@code Invalid} if it has another form. Claims that are not
   * signed by their author, or of a kind that is not known, are left out.
   *
   * @param known claims that need no verification again
   */
  public static List<SignedClaim> read(byte[] json, Collection<SignedClaim> known)
      throws RealizeException.Invalid {
    SignedText[] texts;
    try {
      texts = Objects.requireNonNull(MAPPER.readValue(json, SignedText[].class));
    } catch (IOException | NullPointerException e) {
      throw new RealizeException.Invalid("read the member list", e);
    }
    List<SignedClaim> claims = new ArrayList<>();
    for (SignedText each : texts) {
      if (each != null && claims.size() < MemberList.MAX_CLAIMS) {
        known.stream()
            .filter(other -> other.signed.equals(each))
            .findFirst()
            .or(() -> verified(each))
            .ifPresent(claims::add);
      }
    }
    return claims;
  }

  private static Optional<SignedClaim> verified(SignedText signed) {
    try {
      if (signed.claim().getBytes(StandardCharsets.UTF_8).length > MAX_CLAIM_BYTES) {
        return Optional.empty();
      }
      MemberClaim claim = claim(MAPPER.readValue(signed.claim(), ClaimText.class));
      byte[] signature = Base64.getDecoder().decode(signed.signature());
      return claim.by().verifies(message(signed.claim()), signature)
          ? Optional.of(new SignedClaim(claim, signed))
          : Optional.empty();
    } catch (IOException
        | RealizeException
        | IllegalArgumentException
        | NullPointerException e) { // of another form, whatever it lacks
      return Optional.empty();
    }
  }

  private static MemberClaim claim(ClaimText text) throws RealizeException {
    PeerKey by = key(text.by());
    PeerKey member = key(text.member());
    return switch (text.kind()) {
      case "admission" -> {
        List<String> addresses = Objects.requireNonNull(text.addresses());
        if (addresses.size() > MAX_ADDRESSES) {
          throw new IllegalArgumentException(addresses.size() + " addresses");
        }
        addresses.forEach(HostPort::parse);
        String name = new PeerName(Objects.requireNonNull(text.name())).value();
        yield new Admission(by, text.seq(), member, text.epoch(), name, addresses);
      }
      case "revocation" -> {
        long cutoff = Objects.requireNonNull(text.cutoff());
        yield new Revocation(by, text.seq(), member, text.epoch(), cutoff);
      }
      default -> throw new IllegalArgumentException("a claim of kind " + text.kind());
    };
  }

  private static PeerKey key(String text) throws RealizeException {
    return PeerKey.ofSpki(Base64.getDecoder().decode(text));
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
