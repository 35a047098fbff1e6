package org.realize.nima.membership;

import java.util.List;
import org.realize.nima.tls.PeerKey;

/**
 * A statement of one member about another, signed where it travels. Each author numbers its own,
 * from 1.
 */
public sealed interface MemberClaim {

  /** The author. */
  PeerKey by();

  /** The number among the author's claims. */
  long seq();

  /**
   * The author invited the member, which joined.
   *
   * @param epoch the age of this membership: above that of the author and of all members then
   * @param name what the member called itself
   * @param addresses where it listened, {@code HOST:PORT}
   */
  record Admission(
      PeerKey by, long seq, PeerKey member, long epoch, String name, List<String> addresses)
      implements MemberClaim {
    public Admission {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * The author revokes the member.
   *
   * @param epoch memberships up to this one end; a later admission of the same key is another one
   * @param cutoff the last claim of the member that stands; what it claims after it is void
   */
  record Revocation(PeerKey by, long seq, PeerKey member, long epoch, long cutoff)
      implements MemberClaim {}
}
