package org.realize.nima.control;

import java.time.Instant;
import java.util.List;

/**
 * An invitation of this node.
 *
 * @param code what {@code realize join} takes; a secret
 * @param expires by this node's clock
 * @param key fingerprint of this node's key
 * @param addresses where the joiner looks for this node
 */
public record Invite(String code, Instant expires, String key, List<String> addresses) {
  public Invite {
    addresses = List.copyOf(addresses);
  }
}
