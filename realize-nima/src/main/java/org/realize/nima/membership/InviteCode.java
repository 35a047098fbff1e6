package org.realize.nima.membership;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.realize.nima.config.HostPort;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException;

/**
 * A one-time code that lets one machine join: a secret, the first half of the SHA-256 of the
 * inviter's key, and where the inviter listens. As text it is Crockford's base32 in groups of five
 * with a CRC-32 at its end, read in either case, with or without separators, and with O for 0 and I
 * or L for 1. Immutable.
 *
 * @param secret 16 random bytes
 * @param keyDigest the first 16 bytes of the SHA-256 of the inviter's SubjectPublicKeyInfo
 * @param addresses of the inviter, at most {@value #MAX_ADDRESSES}
 */
public record InviteCode(ByteString secret, ByteString keyDigest, List<HostPort> addresses) {

  /** The most addresses of a code. */
  public static final int MAX_ADDRESSES = 8;

  private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final Pattern SEPARATORS = Pattern.compile("[\\s-]+");
  private static final int GROUP = 5;
  private static final int BITS = 5;
  private static final int SECRET_BYTES = 16;
  private static final int DIGEST_BYTES = 16;
  private static final int CHECK_BYTES = 4;
  private static final int MAX_CHARS = 4_096;
  private static final byte VERSION = 1;
  private static final byte NAME = 1;
  private static final byte IPV4 = 4;
  private static final byte IPV6 = 6;

  /** The two sides of a join; each proves that it has the secret. */
  public enum JoinSide {
    JOINER,
    INVITER
  }

  public InviteCode {
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty() || addresses.size() > MAX_ADDRESSES) {
      throw new IllegalArgumentException("a code of " + addresses.size() + " addresses");
    }
  }

  /** A new code of the node with this key. */
  static InviteCode of(PeerKey inviter, List<HostPort> addresses, SecureRandom random) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return new InviteCode(ByteString.copyFrom(secret), digest(inviter), addresses);
  }

  private static ByteString digest(PeerKey key) {
    return ByteString.copyFrom(key.digest(), 0, DIGEST_BYTES);
  }

  /** True if {@code key} is the inviter's. */
  public boolean isOf(PeerKey key) {
    return keyDigest.equals(digest(key));
  }

  /**
   * The proof of one side that it has the secret, worth nothing with another key on either end:
   * HMAC-SHA256 over the protocol, the side and both keys.
   */
  public ByteString proof(JoinSide side, PeerKey inviter, PeerKey joiner) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.toByteArray(), "HmacSHA256"));
      mac.update(
          ("realize-join/1 " + side.name().toLowerCase(Locale.ROOT))
              .getBytes(StandardCharsets.US_ASCII));
      mac.update(inviter.spki());
      mac.update(joiner.spki());
      return ByteString.copyFrom(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  /** True if {@code proof} is that of {@code side}; takes the same time for every wrong one. */
  public boolean isProof(ByteString proof, JoinSide side, PeerKey inviter, PeerKey joiner) {
    return MessageDigest.isEqual(proof.toByteArray(), proof(side, inviter, joiner).toByteArray());
  }

  /** The code for people and for a QR code: {@code 04ZK8-…}. */
  public String text() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(VERSION);
    bytes.writeBytes(secret.toByteArray());
    bytes.writeBytes(keyDigest.toByteArray());
    for (HostPort address : addresses) {
      write(address, bytes);
    }
    bytes.writeBytes(check(bytes.toByteArray()));
    return grouped(bytes.toByteArray());
  }

  private static void write(HostPort address, ByteArrayOutputStream bytes) {
    byte[] host = literal(address.host());
    if (host.length == IPV4) {
      bytes.write(IPV4);
    } else if (host.length > 0) {
      bytes.write(IPV6);
    } else {
      host = address.host().getBytes(StandardCharsets.UTF_8);
      bytes.write(NAME);
      bytes.write(host.length);
    }
    bytes.writeBytes(host);
    bytes.write(address.port() >> 8);
    bytes.write(address.port());
  }

  /** The bytes of an address in digits; none for a name, or an address with a zone. */
  private static byte[] literal(String host) {
    boolean isLiteral = host.matches("[0-9.]+") || (host.contains(":") && !host.contains("%"));
    try {
      return isLiteral ? InetAddress.ofLiteral(host).getAddress() : new byte[0];
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  private static byte[] check(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return ByteBuffer.allocate(CHECK_BYTES).putInt((int) crc.getValue()).array();
  }

  private static String grouped(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    int count = (bytes.length * Byte.SIZE + BITS - 1) / BITS;
    for (int i = 0; i < count; i++) {
      int digit = 0;
      for (int bit = i * BITS; bit < (i + 1) * BITS; bit++) {
        boolean isSet =
            bit / Byte.SIZE < bytes.length
                && (bytes[bit / Byte.SIZE] >> (Byte.SIZE - 1 - bit % Byte.SIZE) & 1) == 1;
        digit = digit << 1 | (isSet ? 1 : 0);
      }
      text.append(i > 0 && i % GROUP == 0 ? "-" : "").append(ALPHABET.charAt(digit));
    }
    return text.toString();
  }

  /** Reads what {@link #text} wrote; {@code Invalid} for anything else, in words for a typist. */
  public static InviteCode parse(String text) throws RealizeException.Invalid {
    String digits = SEPARATORS.matcher(text).replaceAll("").toUpperCase(Locale.ROOT);
    if (digits.length() > MAX_CHARS) {
      throw wrong("longer than a code can be");
    }
    byte[] bytes = bytes(digits.replace('O', '0').replace('I', '1').replace('L', '1'));
    int length = bytes.length - CHECK_BYTES;
    if (length < 1 + SECRET_BYTES + DIGEST_BYTES) {
      throw wrong("cut short: %d characters".formatted(digits.length()));
    }
    byte[] body = Arrays.copyOf(bytes, length);
    if (!Arrays.equals(check(body), 0, CHECK_BYTES, bytes, length, bytes.length)) {
      throw wrong("mistyped or cut short: its check does not match");
    }
    if (body[0] != VERSION) {
      throw wrong("made by a newer version");
    }
    try {
      ByteBuffer rest = ByteBuffer.wrap(body, 1, length - 1);
      ByteString secret = bytes(rest, SECRET_BYTES);
      ByteString digest = bytes(rest, DIGEST_BYTES);
      List<HostPort> addresses = new ArrayList<>();
      while (rest.hasRemaining()) {
        addresses.add(address(rest));
      }
      return new InviteCode(secret, digest, addresses);
    } catch (BufferUnderflowException | UnknownHostException | IllegalArgumentException e) {
      throw wrong("made by a newer version");
    }
  }

  private static byte[] bytes(String digits) throws RealizeException.Invalid {
    byte[] bytes = new byte[digits.length() * BITS / Byte.SIZE];
    for (int i = 0; i < digits.length(); i++) {
      int digit = ALPHABET.indexOf(digits.charAt(i));
      if (digit < 0) {
        throw wrong("mistyped: no code has a '" + digits.charAt(i) + "'");
      }
      for (int bit = 0; bit < BITS; bit++) {
        int at = i * BITS + bit;
        if ((digit >> (BITS - 1 - bit) & 1) == 1 && at / Byte.SIZE < bytes.length) {
          bytes[at / Byte.SIZE] |= (byte) (1 << (Byte.SIZE - 1 - at % Byte.SIZE));
        }
      }
    }
    return bytes;
  }

  private static ByteString bytes(ByteBuffer from, int count) {
    byte[] bytes = new byte[count];
    from.get(bytes);
    return ByteString.copyFrom(bytes);
  }

  private static HostPort address(ByteBuffer from) throws UnknownHostException {
    byte kind = from.get();
    String host =
        switch (kind) {
          case NAME -> bytes(from, Byte.toUnsignedInt(from.get())).toStringUtf8();
          case IPV4 -> InetAddress.getByAddress(bytes(from, 4).toByteArray()).getHostAddress();
          case IPV6 -> InetAddress.getByAddress(bytes(from, 16).toByteArray()).getHostAddress();
          default -> throw new IllegalArgumentException("an address of kind " + kind);
        };
    return new HostPort(host, Short.toUnsignedInt(from.getShort()));
  }

  private static RealizeException.Invalid wrong(String what) {
    return new RealizeException.Invalid("read the code: " + what);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "code of " + addresses;
  }
}
