package org.realize.nima.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.RealizeException;

class NodeKeyTest {

  /** A key pair that openssl made with {@code genpkey -algorithm ed25519}. */
  private static final String OPENSSL_PRIVATE =
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEIIfE/Wt2KIPBEzBXBqeJY6QDgEHZp+LrzAaRuoFjcyxv
      -----END PRIVATE KEY-----
      """;

  private static final String OPENSSL_PUBLIC =
      """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEAl6AP6d8D667uFUeucsgSmlUBjKAXQUN+n87K2cOn6/g=
      -----END PUBLIC KEY-----
      """;

  @TempDir private Path directory;

  private Path file(String content, String mode) throws Exception {
    Path file = directory.resolve("node.key");
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    return file;
  }

  @Test
  void read_whatWriteNewWrote_isTheSameKeyOfItsOwnerAlone() throws Exception {
    NodeKey key = NodeKey.generate(new SecureRandom());
    Path file = directory.resolve("node.key");
    key.writeNew(file);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(NodeKey.read(file).publicKey()).isEqualTo(key.publicKey());
  }

  @Test
  void read_keyMadeByOpenssl_derivesItsPublicKey() throws Exception {
    NodeKey key = NodeKey.read(file(OPENSSL_PRIVATE, "rw-------"));
    assertThat(key.publicKey()).isEqualTo(PeerKey.ofPem(OPENSSL_PUBLIC));
    assertThat(key.publicKey().pem()).isEqualTo(OPENSSL_PUBLIC);
  }

  @Test
  void read_fileThatOthersMayTouch_isDenied() throws Exception {
    for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----", "rw------x"}) {
      Path file = file(OPENSSL_PRIVATE, mode);
      assertThatThrownBy(() -> NodeKey.read(file))
          .isInstanceOf(RealizeException.Denied.class)
          .hasMessageContaining(mode)
          .hasMessageContaining("chmod 600");
    }
  }

  @Test
  void read_noFileOrNoKey_saysSo() throws Exception {
    assertThatThrownBy(() -> NodeKey.read(directory.resolve("none")))
        .isInstanceOf(RealizeException.NotFound.class);
    for (String content :
        new String[] {
          "",
          "noise",
          OPENSSL_PUBLIC,
          OPENSSL_PRIVATE.replace("MC4C", "AAAA"),
          OPENSSL_PRIVATE.replace("MC4C", "M*4C"),
          OPENSSL_PRIVATE.replace("MC4C", "MC4"),
          OPENSSL_PRIVATE.replace("-----END", "")
        }) {
      Path file = file(content, "rw-------");
      assertThatThrownBy(() -> NodeKey.read(file)).isInstanceOf(RealizeException.Invalid.class);
    }
  }

  @Test
  void writeNew_whereAFileIs_isDeniedAndLeavesIt() throws Exception {
    Path file = file("mine", "rw-------");
    assertThatThrownBy(() -> NodeKey.generate(new SecureRandom()).writeNew(file))
        .isInstanceOf(RealizeException.Denied.class);
    assertThat(file).hasContent("mine");
  }

  @Test
  void ofPem_indentedAfterAnotherBlock_isRead() throws Exception {
    String other = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
    assertThat(PeerKey.ofPem(other + OPENSSL_PUBLIC.indent(4)))
        .isEqualTo(PeerKey.ofPem(OPENSSL_PUBLIC));
  }

  @Test
  void fingerprint_isTheDigestOfTheKeyInfo() throws Exception {
    assertThat(PeerKey.ofPem(OPENSSL_PUBLIC).fingerprint())
        .isEqualTo("SHA256:Z4FQegeqf8tLBUOesaBv6pD/93B9CYkOTTB/MrmtlZs");
  }

  @Test
  void ofPem_anotherAlgorithm_isInvalid() {
    String rsa =
        """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpWLPNuEwGGqlVPGFPUPw9Tkb1jT1
        -----END PUBLIC KEY-----
        """;
    assertThatThrownBy(() -> PeerKey.ofPem(rsa)).isInstanceOf(RealizeException.Invalid.class);
  }
}
