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
 * @param modules rows of the code's QR code from the top, {@code 1} for each dark module
 */
public record Invite(
    String code, Instant expires, String key, List<String> addresses, List<String> modules) {
  public Invite {
    modules = List.copyOf(modules);
    addresses = List.copyOf(addresses);
  }
}
