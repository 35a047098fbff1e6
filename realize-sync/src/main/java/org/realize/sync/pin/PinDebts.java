package org.realize.sync.pin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The words that this peer owes to grantors: that a pin is no longer needed. Committed together
 * with the end of the intent that the pin was for, so that no stop leaves a pin in force for ever.
 * At most {@value #MAX_DEBTS}; older ones are forgotten, and their pins wait for {@code realize pin
 * release}. Its methods run inside a read or a commit.
 */
final class PinDebts {

  static final int MAX_DEBTS = 4_096;

  private static final Rows<List<Debt>> ROW =
      Rows.ofLists("pin.debts", 1, PinDebts::encode, PinDebts::decode);

  /**
   * One word.
   *
   * @param isDropped true if the bytes were given up, false if they stay
   */
  record Debt(StoreId grantor, Pinned pinned, boolean isDropped) {}

  private PinDebts() {}

  static List<Debt> read(ArenaReader reader) throws StorageFailed {
    return reader.row(ROW).orElse(List.of());
  }

  private static Debt decode(RowDecoder in) {
    return new Debt(in.getStore(), PinRowCodec.pinned(in), in.getByte() == 1);
  }

  private static void encode(RowEncoder out, Debt debt) {
    out.putStore(debt.grantor());
    PinRowCodec.put(out, debt.pinned());
    out.putByte(debt.isDropped() ? 1 : 0);
  }

  static void add(ArenaWriter writer, Collection<Debt> added) throws StorageFailed {
    if (!added.isEmpty()) {
      Set<Debt> all = new LinkedHashSet<>(read(writer));
      all.addAll(added);
      List<Debt> debts = new ArrayList<>(all);
      write(writer, debts.subList(Math.max(0, debts.size() - MAX_DEBTS), debts.size()));
    }
  }

  static void remove(ArenaWriter writer, Collection<Debt> paid) throws StorageFailed {
    List<Debt> debts = new ArrayList<>(read(writer));
    if (debts.removeAll(Set.copyOf(paid))) {
      write(writer, debts);
    }
  }

  private static void write(ArenaWriter writer, List<Debt> debts) throws StorageFailed {
    if (debts.isEmpty()) {
      writer.removeRow(ROW);
    } else {
      writer.putRow(ROW, debts);
    }
  }
}
