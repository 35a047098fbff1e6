package org.realize.nima.tls;

import java.util.Base64;
import java.util.Optional;

/** PEM text (RFC 7468) with one block of one type, as openssl writes it. */
final class Pem {

  private static final Base64.Encoder ENCODER = Base64.getMimeEncoder(64, new byte[] {(byte) '\n'});

  private Pem() {}

  static String encode(String type, byte[] der) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(type, ENCODER.encodeToString(der), type)
        .replace("\r\n", "\n");
  }

  /** The first block of {@code type}; empty when there is none or it is not base64. */
  static Optional<byte[]> decode(String text, String type) {
    String begin = "-----BEGIN " + type + "-----";
    int start = text.indexOf(begin);
    int end = text.indexOf("-----END " + type + "-----");
    if (start < 0 || end < start) {
      return Optional.empty();
    }
    try {
      String body = text.substring(start + begin.length(), end);
      return Optional.of(Base64.getMimeDecoder().decode(body));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
