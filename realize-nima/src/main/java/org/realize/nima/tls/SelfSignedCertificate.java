package org.realize.nima.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/**
 * An X.509 certificate (RFC 5280) around an Ed25519 key (RFC 8410), signed by that key, in which
 * nothing but the key means anything. The JDK reads certificates and makes none.
 */
final class SelfSignedCertificate {

  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int VERSION = 0xa0;

  private static final byte[] VERSION_3 = {2};

  /** 1.3.101.112. */
  private static final byte[] ED25519 = {0x2b, 0x65, 0x70};

  /** 2.5.4.3. */
  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};

  private static final byte[] NAME = "realize".getBytes(StandardCharsets.US_ASCII);

  /** Years say nothing here: these are the widest that X.509 can write. */
  private static final byte[] NOT_BEFORE = "200101000000Z".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] NOT_AFTER = "99991231235959Z".getBytes(StandardCharsets.US_ASCII);

  private SelfSignedCertificate() {}

  /** A certificate of {@code key} with a serial number from {@code random}. */
  static X509Certificate of(NodeKey key, SecureRandom random) throws GeneralSecurityException {
    byte[] algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ED25519));
    byte[] attribute = der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, NAME));
    byte[] name = der(SEQUENCE, der(SET, attribute));
    byte[] validity = der(SEQUENCE, der(UTC_TIME, NOT_BEFORE), der(GENERALIZED_TIME, NOT_AFTER));
    byte[] signed =
        der(
            SEQUENCE,
            der(VERSION, der(INTEGER, VERSION_3)),
            der(INTEGER, new BigInteger(64, random).toByteArray()),
            algorithm,
            name,
            validity,
            name,
            key.publicKey().toPublicKey().getEncoded());
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(key.privateKey());
    signature.update(signed);
    byte[] noUnusedBits = {0};
    byte[] whole =
        der(SEQUENCE, signed, algorithm, der(BIT_STRING, noUnusedBits, signature.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(whole));
  }

  /** A value in DER: its tag, its length, and its parts one after the other. */
  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    value.write(tag);
    int length = content.size();
    if (length >= 0x100) { // at most 64 KiB
      value.write(0x82);
      value.write(length >> 8);
    } else if (length >= 0x80) {
      value.write(0x81);
    }
    value.write(length);
    value.writeBytes(content.toByteArray());
    return value.toByteArray();
  }
}
