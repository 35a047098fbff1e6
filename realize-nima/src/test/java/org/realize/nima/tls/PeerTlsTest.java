package org.realize.nima.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSessionContext;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.PeerName;

class PeerTlsTest {

  /** A peer that comes and goes a thousand times a day costs no memory: no session is kept. */
  @Test
  void context_keepsOneSessionForASecond_onBothSides() {
    NodeKey key = NodeKey.generate(new SecureRandom());
    SSLContext context =
        new PeerTls(key, _ -> Optional.of(new PeerName("any")), new SecureRandom()).context();

    for (SSLSessionContext sessions :
        List.of(context.getServerSessionContext(), context.getClientSessionContext())) {
      assertThat(sessions.getSessionCacheSize()).isEqualTo(1);
      assertThat(sessions.getSessionTimeout()).isEqualTo(1);
    }
  }
}
