package org.realize.nima.tls;

import static java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.EnumSet;
import java.util.Set;
import org.realize.sync.model.RealizeException;

/**
 * The Ed25519 key pair of this node. On disk it is PKCS#8 PEM, as openssl writes it, in a file that
 * only its owner can read or write. Immutable.
 */
public final class NodeKey {

  private static final String PEM_TYPE = "PRIVATE KEY";
  private static final int MAX_FILE_BYTES = 64 * 1024;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(OWNER_READ, OWNER_WRITE, OWNER_EXECUTE);

  private final PrivateKey privateKey;
  private final PeerKey publicKey;

  private NodeKey(PrivateKey privateKey, PeerKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /** A fresh key pair drawn from {@code random}. */
  public static NodeKey generate(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(NamedParameterSpec.ED25519, random);
      KeyPair pair = generator.generateKeyPair();
      return new NodeKey(pair.getPrivate(), PeerKey.of(pair.getPublic()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has Ed25519", e);
    }
  }

  /**
   * Reads the key at {@code file}. {@link RealizeException.Denied} when group or others have any
   * permission on it, {@link RealizeException.NotFound} when it is not there, {@link
   * RealizeException.Invalid} when it holds no Ed25519 key.
   */
  public static NodeKey read(Path file) throws RealizeException {
    String action = "read node key " + file;
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (!OWNER_ONLY.containsAll(permissions)) {
        throw new RealizeException.Denied(
            action
                + ": mode "
                + PosixFilePermissions.toString(permissions)
                + " lets others read it; run 'chmod 600 "
                + file
                + "'");
      }
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new RealizeException.Invalid(action + ": larger than a key can be");
      }
      return ofPem(action, Files.readString(file, StandardCharsets.US_ASCII));
    } catch (NoSuchFileException e) {
      throw new RealizeException.NotFound(action + ": no such file");
    } catch (IOException e) {
      throw new RealizeException.StorageFailed(action, e);
    }
  }

  private static NodeKey ofPem(String action, String pem) throws RealizeException {
    byte[] der =
        Pem.decode(pem, PEM_TYPE)
            .orElseThrow(() -> new RealizeException.Invalid(action + ": no PRIVATE KEY block"));
    try {
      KeyFactory factory = KeyFactory.getInstance("Ed25519");
      PrivateKey key = factory.generatePrivate(new PKCS8EncodedKeySpec(der));
      return new NodeKey(key, PeerKey.of(publicOf(key)));
    } catch (GeneralSecurityException | ClassCastException e) {
      throw new RealizeException.Invalid(action + ": not an Ed25519 key", e);
    }
  }

  /**
   * The JDK derives a public Ed25519 key from the private one only when it makes a pair, whose
   * private key is the first 32 bytes that it draws (RFC 8032, 5.1.5).
   */
  private static PublicKey publicOf(PrivateKey key) throws GeneralSecurityException {
    byte[] seed = seed(key);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
    generator.initialize(NamedParameterSpec.ED25519, new KnownBytes(seed));
    KeyPair pair = generator.generateKeyPair();
    if (!MessageDigest.isEqual(seed(pair.getPrivate()), seed)) {
      throw new IllegalStateException("the JDK draws private keys in another way");
    }
    return pair.getPublic();
  }

  private static byte[] seed(PrivateKey key) throws InvalidKeyException {
    return ((EdECPrivateKey) key)
        .getBytes()
        .orElseThrow(() -> new InvalidKeyException("a key that cannot be read"));
  }

  /** A source of nothing but the bytes of a key. */
  private static final class KnownBytes extends SecureRandom {
    private static final long serialVersionUID = 1;
    private final byte[] known;

    KnownBytes(byte[] known) {
      this.known = known;
    }

    @Override
    public void nextBytes(byte[] drawn) {
      System.arraycopy(known, 0, drawn, 0, drawn.length);
    }
  }

  /**
   * Creates {@code file} with mode 0600 and writes the key, forced to disk. {@link
   * RealizeException.Denied} when the file exists: a key is never overwritten.
   */
  public void writeNew(Path file) throws RealizeException {
    var ownerReadsAndWrites =
        PosixFilePermissions.asFileAttribute(EnumSet.of(OWNER_READ, OWNER_WRITE));
    var options = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    byte[] pem = Pem.encode(PEM_TYPE, privateKey.getEncoded()).getBytes(StandardCharsets.US_ASCII);
    try (FileChannel channel = FileChannel.open(file, options, ownerReadsAndWrites)) {
      ByteBuffer source = ByteBuffer.wrap(pem);
      while (source.hasRemaining()) {
        channel.write(source);
      }
      channel.force(true);
    } catch (FileAlreadyExistsException e) {
      throw new RealizeException.Denied("write node key " + file + ": it exists already");
    } catch (IOException e) {
      throw new RealizeException.StorageFailed("write node key " + file, e);
    }
  }

  /** The Ed25519 signature of {@code message}. */
  public byte[] sign(byte[] message) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(privateKey);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sign with key " + this, e);
    }
  }

  public PeerKey publicKey() {
    return publicKey;
  }

  PrivateKey privateKey() {
    return privateKey;
  }

  /** The public fingerprint only. */
  @Override
  public String toString() {
    return publicKey.fingerprint();
  }
}
