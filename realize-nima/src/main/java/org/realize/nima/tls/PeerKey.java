package org.realize.nima.tls;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import org.realize.sync.model.RealizeException;

/**
 * An Ed25519 public key, which is what a peer <i>is</i>: its SubjectPublicKeyInfo in DER, 44 bytes.
 * Ordered by these bytes, unsigned. Immutable.
 */
public final class PeerKey implements Comparable<PeerKey> {

  private static final String PEM_TYPE = "PUBLIC KEY";

  private final byte[] spki;

  private PeerKey(byte[] spki) {
    this.spki = spki;
  }

  static PeerKey of(PublicKey key) {
    return new PeerKey(key.getEncoded().clone());
  }

  /** The key inside the first certificate of a verified chain, whatever its algorithm. */
  public static PeerKey of(Certificate certificate) {
    return of(certificate.getPublicKey());
  }

  /** Parses SPKI PEM; {@link RealizeException.Invalid} when it holds no Ed25519 public key. */
  public static PeerKey ofPem(String pem) throws RealizeException {
    return ofSpki(
        Pem.decode(pem, PEM_TYPE)
            .orElseThrow(
                () -> new RealizeException.Invalid("read public key: no PUBLIC KEY block in PEM")));
  }

  /** Parses an SPKI in DER; {@link RealizeException.Invalid} for anything but an Ed25519 key. */
  public static PeerKey ofSpki(byte[] spki) throws RealizeException.Invalid {
    try {
      return of(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki)));
    } catch (GeneralSecurityException e) {
      throw new RealizeException.Invalid("read public key: not an Ed25519 key", e);
    }
  }

  /** True if {@code signature} is that of {@code message} by this key. */
  public boolean verifies(byte[] message, byte[] signature) {
    try {
      Signature check = Signature.getInstance("Ed25519");
      check.initVerify(toPublicKey());
      check.update(message);
      return check.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  PublicKey toPublicKey() throws GeneralSecurityException {
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki));
  }

  /** The key as SPKI PEM, as {@code openssl pkey -pubout} writes it. */
  public String pem() {
    return Pem.encode(PEM_TYPE, spki);
  }

  /** The SubjectPublicKeyInfo in DER, 44 bytes. */
  public byte[] spki() {
    return spki.clone();
  }

  /** {@code SHA256:} and the unpadded base64 of {@link #digest}, for people to compare. */
  public String fingerprint() {
    return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest());
  }

  /** The SHA-256 of the SPKI, 32 bytes. */
  public byte[] digest() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(spki);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public int compareTo(PeerKey other) {
    return Arrays.compareUnsigned(spki, other.spki);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PeerKey that && Arrays.equals(spki, that.spki);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(spki);
  }

  /** The fingerprint. */
  @Override
  public String toString() {
    return fingerprint();
  }
}
