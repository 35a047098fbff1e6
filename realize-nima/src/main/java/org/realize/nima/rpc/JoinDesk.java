package org.realize.nima.rpc;

import org.realize.nima.membership.JoinMessage.JoinOffer;
import org.realize.nima.membership.JoinMessage.JoinRequest;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/**
 * A node's side of the membership of its household: decisions about strangers that present a code,
 * and the list that members exchange. A refusal is a {@link RealizeException} whose message the
 * joiner reads, and changes nothing. Thread-safe.
 */
public interface JoinDesk {

  /** True while a stranger may present a code; else its key is refused in the handshake. */
  boolean isOpen();

  /**
   * True if the member list says that this key was revoked. It is refused in the handshake then,
   * whatever the configuration says, but to join.
   */
  boolean isRevoked(PeerKey key);

  /** The offer to a joiner with this key; nothing is changed yet. */
  JoinOffer offer(PeerKey joiner, JoinRequest request) throws RealizeException;

  /**
   * Makes the joiner a peer, durably, and spends the code. A joiner that is one by this code
   * already may call again.
   *
   * @param seenHost the address that the joiner came from
   */
  void admit(PeerKey joiner, JoinRequest request, String seenHost)
      throws RealizeException, InterruptedException;

  /** The signed member list, to be sent; empty while this node is in no household. */
  byte[] members();

  /** Takes in what {@code from} sent of its list. {@code Invalid} if it has not the right form. */
  void learn(PeerName from, byte[] members) throws RealizeException;
}
