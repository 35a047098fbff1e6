package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import org.realize.nima.config.PeerSettings;
import org.realize.sync.model.RealizeException;

/**
 * The answers to a peer that exchanges member lists or says its addresses; all else goes to the
 * service of arenas.
 *
 * @param seenAddress the other end of the connection
 * @param arenas answers calls that are about an arena
 */
record MemberCalls(
    PeerSettings peer,
    String seenAddress,
    JoinDesk desk,
    AddressExchange addresses,
    CallHandler arenas)
    implements CallHandler {

  /** A list without a claim. */
  private static final byte[] NOTHING = {'[', ']'};

  @Override
  public void handle(IncomingCall call) throws RealizeException, InterruptedException {
    switch (call.request().getMethodCase()) {
      case MEMBERS -> exchangeMembers(call);
      case ADDRESSES ->
          addresses.said(peer, seenAddress, call.request().getAddresses().getAddressesList());
      default -> arenas.handle(call);
    }
  }

  private void exchangeMembers(IncomingCall call) throws RealizeException, InterruptedException {
    byte[] theirs = new byte[call.payload().remaining()];
    call.payload().get(0, theirs);
    desk.learn(peer.name(), theirs);
    byte[] ours = desk.members();
    call.send(ByteBuffer.wrap(ours.length == 0 ? NOTHING : ours));
  }
}
