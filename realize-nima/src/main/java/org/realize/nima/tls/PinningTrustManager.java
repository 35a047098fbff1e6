package org.realize.nima.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts exactly the keys that the configuration knows at this moment, looking at nothing of a
 * certificate but its public key. Possession of the private key is proven by TLS 1.3 itself
 * (CertificateVerify), so names, dates and the self-signature mean nothing. It extends the
 * <i>extended</i> trust manager because the JDK wraps any other in checks of its own.
 */
final class PinningTrustManager extends X509ExtendedTrustManager {

  private final KnownKeys knownKeys;

  PinningTrustManager(KnownKeys knownKeys) {
    this.knownKeys = knownKeys;
  }

  /** {@code protocol} is what both sides agreed to speak (ALPN); null or empty for nothing. */
  private void check(X509Certificate @Nullable [] chain, @Nullable String protocol)
      throws CertificateException {
    if (chain == null || chain.length == 0) {
      throw new CertificateException("no certificate");
    }
    PeerKey key = PeerKey.of(chain[0]);
    boolean mayAsk = protocol != null && knownKeys.admitsStrangers(protocol);
    if (knownKeys.nameOf(key).isEmpty() && !mayAsk) {
      throw new CertificateException(knownKeys.refusal(key));
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    check(chain, null);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    check(chain, null);
  }

  @Override
  public void checkClientTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    check(chain, engine == null ? null : engine.getHandshakeApplicationProtocol());
  }

  @Override
  public void checkServerTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    check(chain, null);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, null);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, null);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
