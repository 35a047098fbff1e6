package org.realize.nima.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A machine of which the member list says something.
 *
 * @param name what it called itself when it joined
 * @param key its fingerprint
 * @param member true if it is one now
 * @param invitedBy name of the machine that invited it; null for the founder
 * @param revokedBy names of the machines that have revoked it, in vain if it is a member
 */
public record MemberStatus(
    String name, String key, boolean member, @Nullable String invitedBy, List<String> revokedBy) {
  public MemberStatus {
    revokedBy = List.copyOf(revokedBy);
  }
}
