package org.realize.nima.rpc;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.Rates;
import org.realize.nima.rpc.wire.Lane;
import org.realize.sync.model.PeerName;
import org.realize.sync.port.TimeSource;

/**
 * The limits of all peers, as the configuration and the clocks on the wall have them at each
 * moment. Immutable.
 *
 * @param zone where those clocks hang
 */
record PeerRates(PeerBook book, TimeSource time, ZoneId zone) {

  /** What holds for the background traffic with {@code peer} now. */
  Rates now(PeerName peer) {
    Instant instant = Instant.ofEpochMilli(time.unixMillis());
    return book.byName(peer)
        .map(PeerSettings::limit)
        .map(limit -> limit.at(LocalDateTime.ofInstant(instant, zone)))
        .orElse(Rates.UNLIMITED);
  }

  /** The pace of a new connection. What somebody waits for is never limited. */
  Pace pace(PeerName peer, Lane lane) {
    return new Pace(() -> lane == Lane.LANE_BULK ? now(peer) : Rates.UNLIMITED, time);
  }
}
