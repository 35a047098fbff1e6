package org.realize.nima.tls;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PEM text (RFC 7468) with one block of one type, as openssl writes it. */
final class Pem {

  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  private Pem() {}

  static String encode(String type, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(type, LINES.encodeToString(der));
  }

  /**
   * The first block of {@code type}, which may be indented; empty when there is none or it is not
   * base64.
   */
  static Optional<byte[]> decode(String text, String type) {
    String quoted = Pattern.quote(type);
    Matcher block =
        Pattern.compile("-----BEGIN " + quoted + "-----([^-]*)-----END " + quoted + "-----")
            .matcher(text);
    if (!block.find()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Base64.getDecoder().decode(block.group(1).replaceAll("\\s", "")));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
