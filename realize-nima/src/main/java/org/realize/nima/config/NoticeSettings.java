package org.realize.nima.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The notices of a node: who gets them, and when a standing condition becomes one.
 *
 * @param program that is run for notices, and its arguments; none for no program
 * @param webhook that notices are sent to
 */
public record NoticeSettings(
    List<String> program, Optional<Webhook> webhook, StandingTimes standing) {

  public NoticeSettings {
    program = List.copyOf(program);
  }

  /**
   * Times for which a condition stands before it is noticed, in time in which the daemon runs; an
   * empty one for never.
   *
   * @param peerAway of a peer that is not connected
   * @param notInSync of an arena that is not in sync
   * @param onlyHere of an arena with files that are only here
   * @param lowDisk of a disk that is nearly full
   */
  public record StandingTimes(
      Optional<Duration> peerAway,
      Optional<Duration> notInSync,
      Optional<Duration> onlyHere,
      Optional<Duration> lowDisk) {

    /** Times where the configuration says nothing. */
    public static final StandingTimes USUAL =
        new StandingTimes(
            Optional.of(Duration.ofDays(7)),
            Optional.of(Duration.ofDays(1)),
            Optional.of(Duration.ofDays(1)),
            Optional.of(Duration.ofMinutes(5)));
  }

  /**
   * A web server that notices are posted to.
   *
   * @param address of scheme {@code https}, or {@code http} on this machine
   * @param secret the key of the signature of what is sent
   */
  public record Webhook(URI address, String secret) {

    /** Without the secret, and without what may be one in the address. */
    @Override
    public String toString() {
      return address.getScheme() + "://" + address.getRawAuthority();
    }
  }
}
