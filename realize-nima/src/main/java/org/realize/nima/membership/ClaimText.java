package org.realize.nima.membership;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/**
 * The JSON of a claim. There is one text for each claim, its canonical one, which is what is signed
 * and hashed. Keys are the base64 of SubjectPublicKeyInfo.
 */
record ClaimText(
    String kind,
    String by,
    String previous,
    String member,
    long epoch,
    @Nullable String name,
    @Nullable List<String> addresses,
    @Nullable String cutoff) {

  /** The most addresses of an admission. */
  static final int MAX_ADDRESSES = 6;

  /** The largest epoch. */
  static final long MAX_EPOCH = 1L << 40;

  /** The most bytes of a text. */
  private static final int MAX_BYTES = 900;

  private static final int MAX_ADDRESS_CHARS = 60;

  /** Printable ASCII that JSON and TOML write as it is. */
  private static final Pattern PLAIN = Pattern.compile("[!-~&&[^\"\\\\]]*");

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  /** The canonical text of {@code claim}. */
  static String of(MemberClaim claim) {
    ClaimText text =
        switch (claim) {
          case Admission a ->
              new ClaimText(
                  "admission",
                  text(a.by()),
                  a.previous().toString(),
                  text(a.member()),
                  a.epoch(),
                  a.name(),
                  a.addresses(),
                  null);
          case Revocation r ->
              new ClaimText(
                  "revocation",
                  text(r.by()),
                  r.previous().toString(),
                  text(r.member()),
                  r.epoch(),
                  null,
                  null,
                  r.cutoff().toString());
        };
    try {
      return MAPPER.writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("every claim has JSON", e);
    }
  }

  private static String text(PeerKey key) {
    return Base64.getEncoder().encodeToString(key.spki());
  }

  /**
   * Reads a canonical text; {@link IllegalArgumentException} for another one, or one that no member
   * may sign.
   */
  static MemberClaim parse(String json) throws RealizeException {
    if (json.length() > MAX_BYTES) {
      throw new IllegalArgumentException("a claim of " + json.length() + " characters");
    }
    MemberClaim claim;
    try {
      claim = Objects.requireNonNull(MAPPER.readValue(json, ClaimText.class)).claim();
    } catch (JsonProcessingException | NullPointerException e) { // whatever it lacks
      throw new IllegalArgumentException("no claim", e);
    }
    if (!of(claim).equals(json)) {
      throw new IllegalArgumentException("no canonical claim");
    }
    return claim;
  }

  private MemberClaim claim() throws RealizeException {
    if (epoch < 0 || epoch > MAX_EPOCH) {
      throw new IllegalArgumentException("epoch " + epoch);
    }
    return switch (kind) {
      case "admission" -> {
        List<String> listed = Objects.requireNonNull(addresses);
        if (listed.size() > MAX_ADDRESSES || !listed.stream().allMatch(ClaimText::isAddress)) {
          throw new IllegalArgumentException("addresses " + listed);
        }
        String valid = new PeerName(Objects.requireNonNull(name)).value();
        yield new Admission(key(by), ClaimHash.parse(previous), key(member), epoch, valid, listed);
      }
      case "revocation" ->
          new Revocation(
              key(by),
              ClaimHash.parse(previous),
              key(member),
              epoch,
              ClaimHash.parse(Objects.requireNonNull(cutoff)));
      default -> throw new IllegalArgumentException("a claim of kind " + kind);
    };
  }

  /** True for an address that an admission may have: it is short, and written in one way. */
  static boolean isAddress(String text) {
    try {
      return text.length() <= MAX_ADDRESS_CHARS
          && PLAIN.matcher(text).matches()
          && HostPort.parse(text).toString().equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static PeerKey key(String base64) throws RealizeException {
    return PeerKey.ofSpki(Base64.getDecoder().decode(base64));
  }
}
