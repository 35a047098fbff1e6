package org.realize.nima.tls;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;

/**
 * TLS as peers speak it: version 1.3 only, AES-128-GCM, both sides with a certificate around a
 * known Ed25519 key. Immutable; the keys that are known are looked up at each handshake.
 */
public final class PeerTls {

  public static final String PROTOCOL = "TLSv1.3";
  public static final String CIPHER_SUITE = "TLS_AES_128_GCM_SHA256";

  private final SSLContext context;

  /** {@code random} is for the certificate's serial number and the handshakes. */
  public PeerTls(NodeKey key, KnownKeys knownKeys, SecureRandom random) {
    try {
      X509Certificate certificate = SelfSignedCertificate.of(key, random);
      context = SSLContext.getInstance(PROTOCOL);
      context.init(
          new KeyManager[] {new SingleKeyManager(key.privateKey(), certificate)},
          new TrustManager[] {new PinningTrustManager(knownKeys)},
          random);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("set up TLS with key " + key, e);
    }
    forgetSessions(context.getServerSessionContext());
    forgetSessions(context.getClientSessionContext());
  }

  /** No session is resumed, so none is to be kept: 20,480 would be, for a day, else. */
  private static void forgetSessions(SSLSessionContext sessions) {
    sessions.setSessionCacheSize(1);
    sessions.setSessionTimeout(1);
  }

  public SSLContext context() {
    return context;
  }

  /** What a listener must use: TLS 1.3, one suite, a client certificate needed. A fresh copy. */
  public SSLParameters listenerParameters() {
    SSLParameters parameters = parameters();
    parameters.setNeedClientAuth(true);
    return parameters;
  }

  /**
   * An engine for a connection that this node dials. It is given no host name: a session is never
   * resumed, so each connection proves its key again.
   */
  public SSLEngine diallingEngine(String applicationProtocol) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = parameters();
    parameters.setApplicationProtocols(new String[] {applicationProtocol});
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static SSLParameters parameters() {
    return new SSLParameters(new String[] {CIPHER_SUITE}, new String[] {PROTOCOL});
  }

  /** The key that the other side of a finished handshake proved; empty when it proved none. */
  public static Optional<PeerKey> provenKey(SSLEngine engine) {
    try {
      return provenKey(engine.getSession().getPeerCertificates());
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  /** The key of the first certificate; empty for an empty chain. */
  public static Optional<PeerKey> provenKey(Certificate[] chain) {
    return chain.length == 0 ? Optional.empty() : Optional.of(PeerKey.of(chain[0]));
  }
}
