package org.realize.sync.pin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The promises that this peer has made for an arena: one row, at most {@value #MAX_PINS} pins. Its
 * methods run inside a read or a commit.
 */
public final class Pins {

  static final int MAX_PINS = 4_096;

  private static final Rows<List<Pin>> ROW =
      Rows.ofLists("pin.granted", 1, Pins::encode, Pins::decode);

  /**
   * A promise to keep a content at a path until its dropper has dropped or released it.
   *
   * @param dropper the store that it was made to
   */
  public record Pin(StoreId dropper, Pinned pinned, long sinceMillis) {
    /** The path of the content. */
    public RelativePath path() {
      return pinned.path();
    }
  }

  private Pins() {}

  /** All pins, in the order in which they were granted. */
  public static List<Pin> read(ArenaReader reader) throws StorageFailed {
    return reader.row(ROW).orElse(List.of());
  }

  /** True if a content is pinned at some path, as a real file or as a blob. */
  public static boolean protects(ArenaReader reader, ContentHash hash) throws StorageFailed {
    return read(reader).stream()
        .anyMatch(pin ->
            pin.pinned().content() instanceof Content.File(ContentHash of, _) && of.equals(hash));
  }

  private static Pin decode(RowDecoder in) {
    return new Pin(in.getStore(), PinRowCodec.pinned(in), in.getSigned());
  }

  private static void encode(RowEncoder out, Pin pin) {
    out.putStore(pin.dropper());
    PinRowCodec.put(out, pin.pinned());
    out.putSigned(pin.sinceMillis());
  }

  private static void write(ArenaWriter writer, List<Pin> pins) throws StorageFailed {
    if (pins.isEmpty()) {
      writer.removeRow(ROW);
    } else {
      writer.putRow(ROW, pins);
    }
  }

  /**
   * Adds pins; one for the same dropper and path is replaced.
   *
   * @throws Unreachable if there would be too many: later
   */
  static void add(ArenaWriter writer, Collection<Pin> added) throws RealizeException {
    List<Pin> pins = new ArrayList<>(read(writer));
    Set<NamedPin> names = named(added);
    pins.removeIf(pin -> names.contains(NamedPin.of(pin)));
    pins.addAll(added);
    if (pins.size() > MAX_PINS) {
      throw new Unreachable(
          "pin %d files of '%s': too many are pinned; see 'realize pin list'"
              .formatted(added.size(), writer.arena()));
    }
    write(writer, pins);
  }

  /** Ends the pins that match; returns their number. */
  static int remove(ArenaWriter writer, Predicate<Pin> which) throws StorageFailed {
    List<Pin> before = read(writer);
    List<Pin> pins = new ArrayList<>(before);
    if (pins.removeIf(which)) {
      write(writer, pins);
    }
    return before.size() - pins.size();
  }

  private record NamedPin(StoreId dropper, RelativePath path) {
    static NamedPin of(Pin pin) {
      return new NamedPin(pin.dropper(), pin.path());
    }
  }

  private static Set<NamedPin> named(Collection<Pin> pins) {
    return pins.stream().map(NamedPin::of).collect(Collectors.toSet());
  }
}
