package org.realize.nima.membership;

import java.util.List;
import org.realize.nima.tls.PeerKey;

/**
 * A statement of one member about another, signed where it travels. The claims of one membership
 * are a chain: each names the one before it.
 */
public sealed interface MemberClaim {

  /** The author. */
  PeerKey by();

  /**
   * The author's claim before this one; for the first one the admission that made the author a
   * member, and {@link ClaimHash#NONE} for the founder's.
   */
  ClaimHash previous();

  /** The hash of this claim's canonical text. */
  default ClaimHash hash() {
    return ClaimHash.of(ClaimText.of(this));
  }

  /**
   * The author invited the member, which joined.
   *
   * @param epoch the age of this membership: above that of the author and of all members then
   * @param name what the member called itself
   * @param addresses where it listened, {@code HOST:PORT}
   */
  record Admission(
      PeerKey by,
      ClaimHash previous,
      PeerKey member,
      long epoch,
      String name,
      List<String> addresses)
      implements MemberClaim {
    public Admission {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * The author revokes the member.
   *
   * @param epoch memberships up to this one end; a later admission of the same key is another one
   * @param cutoff the last claim of the member that stands, or what its first one would name as the
   *     one before it: what is not on the chain that ends there is void
   */
  record Revocation(PeerKey by, ClaimHash previous, PeerKey member, long epoch, ClaimHash cutoff)
      implements MemberClaim {}
}
