package org.realize.store.global;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The arenas by number, from 1; a deleted one keeps its number, by which its inode ranges come
 * back. Immutable.
 */
record Arenas(List<ArenaEntry> entries) {
  /** An arena and whether it has state. */
  record ArenaEntry(ArenaName name, boolean present) {}

  static Arenas read(byte @Nullable [] row) {
    List<ArenaEntry> entries = new ArrayList<>();
    RowDecoder in = GlobalRows.decoder(row);
    if (in != null) {
      for (int left = in.getInt(); left > 0; left--) {
        boolean present = in.getByte() == 1;
        entries.add(new ArenaEntry(new ArenaName(in.getText()), present));
      }
    }
    return new Arenas(List.copyOf(entries));
  }

  byte[] encode() {
    RowEncoder out = GlobalRows.encoder().putNumber(entries.size());
    entries.forEach(entry -> out.putByte(entry.present() ? 1 : 0).putText(entry.name().value()));
    return out.toBytes();
  }

  /** The number of an arena, present or not; 0 if it never was here. */
  int number(ArenaName name) {
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).name().equals(name)) {
        return i + 1;
      }
    }
    return 0;
  }

  Optional<ArenaName> name(int number) {
    return number == 0 ? Optional.empty() : Optional.of(entries.get(number - 1).name());
  }

  boolean isPresent(int number) {
    return number != 0 && entries.get(number - 1).present();
  }

  /** With this arena present or not; a new one gets the next number. */
  Arenas with(ArenaName name, boolean present) {
    List<ArenaEntry> next = new ArrayList<>(entries);
    int number = number(name);
    if (number == 0) {
      next.add(new ArenaEntry(name, present));
    } else {
      next.set(number - 1, new ArenaEntry(name, present));
    }
    return new Arenas(List.copyOf(next));
  }
}
