package org.realize.nima.membership;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The SHA-256 of a claim's text, by which other claims refer to it. Ordered by its bytes, unsigned.
 *
 * @param bytes 32 of them
 */
public record ClaimHash(ByteString bytes) implements Comparable<ClaimHash> {

  /** The hash that stands for no claim. */
  public static final ClaimHash NONE = new ClaimHash(ByteString.copyFrom(new byte[32]));

  public ClaimHash {
    if (bytes.size() != 32) {
      throw new IllegalArgumentException("a hash of " + bytes.size() + " bytes");
    }
  }

  /** The hash of a claim's canonical text. */
  static ClaimHash of(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return new ClaimHash(
          ByteString.copyFrom(digest.digest(text.getBytes(StandardCharsets.UTF_8))));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Reads base64; throws {@link IllegalArgumentException}. */
  static ClaimHash parse(String base64) {
    return new ClaimHash(ByteString.copyFrom(Base64.getDecoder().decode(base64)));
  }

  @Override
  public int compareTo(ClaimHash other) {
    return ByteString.unsignedLexicographicalComparator().compare(bytes, other.bytes);
  }

  /** In base64. */
  @Override
  public String toString() {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
