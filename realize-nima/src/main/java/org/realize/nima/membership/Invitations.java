package org.realize.nima.membership;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.InviteCode.JoinSide;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.port.TimeSource;

/**
 * The invitations of this node since its start, in memory only: a new start of the daemon withdraws
 * them all. Each is good for {@link #VALIDITY} of this node's monotonic clock and for one joiner,
 * who may present it again; it is remembered as long again, so that whoever comes late reads why.
 * At most {@value #MOST} are remembered, the newest ones. Thread-safe; fields are guarded by this.
 */
public final class Invitations {

  /** How long an invitation is good. */
  public static final Duration VALIDITY = Duration.ofMinutes(15);

  private static final Duration REMEMBERED = VALIDITY.multipliedBy(2);
  private static final int MOST = 16;
  private static final String ANOTHER = "; ask for another one, with 'realize peer invite'";

  private final PeerKey own;
  private final TimeSource time;
  private final SecureRandom random;
  private final Deque<Invitation> remembered = new ArrayDeque<>();

  private static final class Invitation {
    final InviteCode code;
    final long made;
    @Nullable PeerKey spentBy;

    Invitation(InviteCode code, long made) {
      this.code = code;
      this.made = made;
    }
  }

  /** {@code own} is this node's key. */
  public Invitations(PeerKey own, TimeSource time, SecureRandom random) {
    this.own = own;
    this.time = time;
    this.random = random;
  }

  /** Makes a new invitation. */
  public synchronized InviteCode open(List<HostPort> addresses) {
    prune();
    if (remembered.size() == MOST) {
      remembered.removeFirst();
    }
    InviteCode code = InviteCode.of(own, addresses, random);
    remembered.addLast(new Invitation(code, time.monotonicNanos()));
    return code;
  }

  /** True while somebody may have a code of this node that is worth an answer. */
  public synchronized boolean isAnyRemembered() {
    prune();
    return !remembered.isEmpty();
  }

  private void prune() {
    remembered.removeIf(each -> age(each).compareTo(REMEMBERED) > 0);
  }

  private Duration age(Invitation invitation) {
    return Duration.ofNanos(time.monotonicNanos() - invitation.made);
  }

  /** This node's proof to a joiner who proved a good code; {@code Denied} says why it is not. */
  public synchronized ByteString answer(PeerKey joiner, ByteString proof) throws Denied {
    return good(joiner, proof).code.proof(JoinSide.INVITER, own, joiner);
  }

  /**
   * Gives the invitation to this joiner; {@code Denied} if another one has it, or it is no longer
   * good.
   *
   * @return false if the joiner had it already
   */
  public synchronized boolean spend(PeerKey joiner, ByteString proof) throws Denied {
    Invitation invitation = good(joiner, proof);
    boolean isFirst = invitation.spentBy == null;
    invitation.spentBy = joiner;
    return isFirst;
  }

  /** Takes back {@link #spend}: the joiner has not become a member. */
  public synchronized void restore(PeerKey joiner, ByteString proof) {
    of(joiner, proof).ifPresent(invitation -> invitation.spentBy = null);
  }

  private Invitation good(PeerKey joiner, ByteString proof) throws Denied {
    prune();
    Invitation invitation =
        of(joiner, proof)
            .orElseThrow(() ->
                new Denied(
                    "this code is not known: it is older than half an hour, or the daemon was"
                        + " started again since"
                        + ANOTHER));
    if (invitation.spentBy != null && !invitation.spentBy.equals(joiner)) {
      throw new Denied("this code was used by another machine" + ANOTHER);
    }
    if (age(invitation).compareTo(VALIDITY) > 0) {
      throw new Denied("this code has expired after 15 minutes" + ANOTHER);
    }
    return invitation;
  }

  private Optional<Invitation> of(PeerKey joiner, ByteString proof) {
    return remembered.stream()
        .filter(each -> each.code.isProof(proof, JoinSide.JOINER, own, joiner))
        .findFirst();
  }
}
