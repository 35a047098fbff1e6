package org.realize.nima.observe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * A secret in a file of the node's owner: the one that a program on this machine shows to read the
 * dashboard, since a user that can read the file may read, or one to sign with. Immutable.
 */
public final class AccessToken {

  private static final String HASH = "HmacSHA256";
  private static final int RANDOM_BYTES = 32;
  private static final int MIN_LENGTH = 16;
  private static final int MAX_LENGTH = 1_024;
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private final byte[] token;

  private AccessToken(Path file, String token) {
    this.file = file;
    this.token = token.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads the token at {@code file}, which is made with one drawn from {@code random} if it is
   * missing. {@link Denied} when group or others may read it.
   */
  public static AccessToken readOrMake(Path file, SecureRandom random) throws RealizeException {
    String action = "read access token " + file;
    try {
      make(file, random);
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (!OWNER.containsAll(permissions)) {
        throw new Denied(
            "%s: mode %s lets others read it; run 'chmod 600 %s'"
                .formatted(action, PosixFilePermissions.toString(permissions), file));
      }
      if (Files.size(file) > MAX_LENGTH) {
        throw new Invalid(action + ": larger than a token can be");
      }
      String token = Files.readString(file).strip();
      if (token.length() < MIN_LENGTH) {
        throw new Invalid(
            "%s: a token has %d characters at least; remove the file for a new one"
                .formatted(action, MIN_LENGTH));
      }
      return new AccessToken(file.toAbsolutePath(), token);
    } catch (IOException e) {
      throw new StorageFailed(action, e);
    }
  }

  private static void make(Path file, SecureRandom random) throws IOException {
    if (Files.exists(file)) {
      return;
    }
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "\n";
    Path made = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(made);
    Files.createFile(made, PosixFilePermissions.asFileAttribute(OWNER));
    Files.writeString(made, token, StandardOpenOption.WRITE);
    try {
      Files.move(made, file); // whole or not at all
    } catch (FileAlreadyExistsException e) {
      Files.delete(made);
    }
  }

  /** Its file, as an absolute path. */
  public Path file() {
    return file;
  }

  /** The keyed hash of a text, which only who has the token can make; URL-safe Base64. */
  String sign(String text) {
    try {
      Mac mac = Mac.getInstance(HASH);
      mac.init(new SecretKeySpec(token, HASH));
      byte[] hash = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + HASH, e);
    }
  }

  /** Compares in a time that tells nothing of the token. */
  boolean matches(String shown) {
    return MessageDigest.isEqual(token, shown.getBytes(StandardCharsets.UTF_8));
  }
}
