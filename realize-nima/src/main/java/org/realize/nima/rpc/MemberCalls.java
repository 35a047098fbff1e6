package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import org.realize.nima.rpc.wire.Request;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/**
 * The answers to a peer that exchanges member lists; all else goes to the service of arenas.
 *
 * @param arenas answers calls that are about an arena
 */
record MemberCalls(PeerName peer, JoinDesk desk, CallHandler arenas) implements CallHandler {

  /** A list without a claim. */
  private static final byte[] NOTHING = {'[', ']'};

  @Override
  public void handle(IncomingCall call) throws RealizeException, InterruptedException {
    if (call.request().getMethodCase() != Request.MethodCase.MEMBERS) {
      arenas.handle(call);
      return;
    }
    byte[] theirs = new byte[call.payload().remaining()];
    call.payload().get(0, theirs);
    desk.learn(peer, theirs);
    byte[] ours = desk.members();
    call.send(ByteBuffer.wrap(ours.length == 0 ? NOTHING : ours));
  }
}
