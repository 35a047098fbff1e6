package org.realize.nima.tls;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/** PEM text (RFC 7468) with one block of one type, as openssl writes it. */
final class Pem {

  private Pem() {}

  static String encode(String type, byte[] der) {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, der));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter has none
    }
    return text.toString();
  }

  /**
   * The first block of {@code type}, which may be indented; empty when there is none or it is not
   * base64.
   */
  static Optional<byte[]> decode(String text, String type) {
    try (PemReader reader = new PemReader(new StringReader(text.replaceAll("(?m)^\\s+", "")))) {
      PemObject block = reader.readPemObject();
      while (block != null && !block.getType().equals(type)) {
        block = reader.readPemObject();
      }
      return Optional.ofNullable(block).map(PemObject::getContent);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
