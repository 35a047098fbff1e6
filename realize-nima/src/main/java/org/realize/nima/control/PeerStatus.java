package org.realize.nima.control;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.Rates;
import org.realize.sync.model.PeerName;

/**
 * A configured peer and its connection.
 *
 * @param key fingerprint
 * @param address the other end while connected, else the last one tried; null when there was none
 * @param heardAddresses where it said that it listens, beside the configured addresses, in the
 *     order in which it is dialled there
 * @param since when the connection began or ended; null when there never was one
 * @param lastError why the last attempt or connection ended, one line; null when nothing went wrong
 * @param limits of its background traffic at this moment; null when there are none
 * @param pausedUntil the end of the pause in which jobs fetch nothing from it; null while there is
 *     none
 * @param clockAheadMillis how far its clock was ahead of ours as it connected, to about a second;
 *     null where that is not known
 */
public record PeerStatus(
    PeerName name,
    String key,
    boolean connected,
    @Nullable String address,
    List<String> heardAddresses,
    @Nullable Instant since,
    @Nullable String lastError,
    @Nullable Rates limits,
    @Nullable Instant pausedUntil,
    @Nullable Long clockAheadMillis) {

  public PeerStatus {
    heardAddresses = List.copyOf(heardAddresses);
  }
}
