package org.realize.nima.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.RealizeException;

/** A reader of the {@code limit} of a {@code [[peer]]} table. */
final class LimitReader {

  private LimitReader() {}

  /** None if the key is absent. */
  static RateLimit read(SettingsTable peer) throws RealizeException.Invalid {
    Optional<SettingsTable> limit = peer.table("limit", "up", "down", "timetable");
    if (limit.isEmpty()) {
      return RateLimit.NONE;
    }
    SettingsTable table = limit.get();
    Rates base =
        new Rates(
            table.text("up", Rate::parse).orElse(Rate.UNLIMITED),
            table.text("down", Rate::parse).orElse(Rate.UNLIMITED));
    return new RateLimit(base, timetable(table));
  }

  private static Timetable timetable(SettingsTable limit) throws RealizeException.Invalid {
    List<Timetable.Row> rows = new ArrayList<>();
    for (SettingsTable row : limit.tables("timetable", "days", "hours", "up", "down")) {
      rows.add(
          new Timetable.Row(
              row.text("days", Weekdays::parse).orElse(Weekdays.ALL),
              row.text("hours", Hours::parse).orElse(Hours.ALL),
              row.text("up", Rate::parse),
              row.text("down", Rate::parse)));
    }
    if (rows.size() > Timetable.MAX_ROWS) {
      throw limit.problem("timetable", "has at most " + Timetable.MAX_ROWS + " rows");
    }
    return new Timetable(rows);
  }
}
