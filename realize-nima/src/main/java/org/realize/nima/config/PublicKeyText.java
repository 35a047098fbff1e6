package org.realize.nima.config;

import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException;

/** A public key as the configuration holds it: PEM, or its base64 without the two fences. */
final class PublicKeyText {

  private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";
  private static final String END = "-----END PUBLIC KEY-----";

  private PublicKeyText() {}

  static PeerKey parse(String text) throws RealizeException {
    return PeerKey.ofPem(text.contains(BEGIN) ? text : BEGIN + "\n" + text + "\n" + END + "\n");
  }

  /** The base64 on one line. */
  static String format(PeerKey key) {
    return key.pem().replace(BEGIN, "").replace(END, "").replaceAll("\\s", "");
  }
}
