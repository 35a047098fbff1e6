package org.realize.sync.model;

import java.util.regex.Pattern;

/**
 * A local alias of a peer on this machine: letters, digits, {@code .}, {@code _} and {@code -}, at
 * most 64.
 */
public record PeerName(String value) implements Comparable<PeerName> {

  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  public PeerName {
    if (!VALID.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "peer name '" + value + "': use letters, digits, '.', '_' and '-', at most 64");
    }
  }

  @Override
  public int compareTo(PeerName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
