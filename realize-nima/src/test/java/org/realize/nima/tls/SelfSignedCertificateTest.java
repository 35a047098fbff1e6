package org.realize.nima.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SelfSignedCertificateTest {

  @Test
  void of_key_isAroundItAndSignedByIt() throws Exception {
    NodeKey key = NodeKey.generate(new SecureRandom());
    for (int i = 0; i < 50; i++) { // serial numbers of each sign and length
      X509Certificate certificate = SelfSignedCertificate.of(key, new SecureRandom());
      assertThat(PeerKey.of(certificate)).isEqualTo(key.publicKey());
      certificate.verify(key.publicKey().toPublicKey());
      assertThat(certificate.getVersion()).isEqualTo(3);
      assertThat(certificate.getSerialNumber().signum()).isNotNegative();
      assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=realize");
      assertThat(certificate.getIssuerX500Principal())
          .isEqualTo(certificate.getSubjectX500Principal());
      assertThat(certificate.getNotBefore()).isEqualTo(Instant.parse("2020-01-01T00:00:00Z"));
      assertThat(certificate.getNotAfter().toInstant())
          .isEqualTo(Instant.parse("9999-12-31T23:59:59Z"));
    }
  }
}
