package org.realize.sync.real;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * All places of one root, as one row of the arena's store.
 *
 * @param root random id of the root
 * @param formerRoots ids that it had before it was taken over, oldest first: places that were not
 *     mounted then still have them
 */
record PlaceTable(UUID root, List<UUID> formerRoots, SortedMap<RelativePath, Place> places) {

  private static final Rows<PlaceTable> ROW =
      Rows.of("real.places", 1, PlaceTable::encode, PlaceTable::decode);
  private static final int MOST_FORMER_ROOTS = 8;

  PlaceTable {
    formerRoots = List.copyOf(formerRoots);
    places = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(places));
  }

  static Optional<PlaceTable> read(ArenaReader reader) throws StorageFailed {
    return reader.row(ROW);
  }

  void put(ArenaWriter writer) throws StorageFailed {
    writer.putRow(ROW, this);
  }

  @Nullable Place place(RelativePath path) {
    return places.get(path);
  }

  PlaceTable with(RelativePath path, Place place) {
    SortedMap<RelativePath, Place> next = new TreeMap<>(places);
    next.put(path, place);
    return new PlaceTable(root, formerRoots, next);
  }

  PlaceTable without(RelativePath path) {
    SortedMap<RelativePath, Place> next = new TreeMap<>(places);
    next.remove(path);
    return new PlaceTable(root, formerRoots, next);
  }

  /** Changes the place at {@code path}, which must be there. */
  PlaceTable change(RelativePath path, UnaryOperator<Place> change) {
    return with(path, change.apply(java.util.Objects.requireNonNull(places.get(path))));
  }

  /** Taken over: another root id, while ids of places may still name the former ones. */
  PlaceTable withRoot(UUID next, List<UUID> former) {
    List<UUID> all = new ArrayList<>(formerRoots);
    all.addAll(former);
    all.removeIf(next::equals);
    int first = Math.max(0, all.size() - MOST_FORMER_ROOTS);
    return new PlaceTable(next, all.subList(first, all.size()), places);
  }

  boolean isOwnRoot(UUID id) {
    return root.equals(id) || formerRoots.contains(id);
  }

  /** The places and closed directories that hold {@code path}, the root first. */
  List<RelativePath> holding(RelativePath path) {
    if (places.size() == 1 && places.containsKey(RelativePath.ROOT)) {
      return List.of(RelativePath.ROOT);
    }
    List<RelativePath> holding = new ArrayList<>();
    for (RelativePath place : places.keySet()) {
      if (place.contains(path)) {
        holding.add(place);
      }
    }
    return holding;
  }

  /** The places and closed directories at {@code path} and below it. */
  List<RelativePath> below(RelativePath path) {
    return places.keySet().stream().filter(path::contains).toList();
  }

  private static void encode(RowEncoder out, PlaceTable table) {
    out.putUuid(table.root).putEach(table.formerRoots, RowEncoder::putUuid);
    out.putEach(
        List.copyOf(table.places.entrySet()),
        (row, entry) -> {
          row.putPath(entry.getKey());
          entry.getValue().encode(row);
        });
  }

  private static PlaceTable decode(RowDecoder in) {
    UUID root = in.getUuid();
    List<UUID> formerRoots = in.getEach(RowDecoder::getUuid);
    SortedMap<RelativePath, Place> places = new TreeMap<>();
    in.getEach(row -> Map.entry(row.getPath(), Place.decode(row)))
        .forEach(entry -> places.put(entry.getKey(), entry.getValue()));
    return new PlaceTable(root, formerRoots, places);
  }

  /** The first doubt on the way from the root to {@code path}. */
  Optional<Doubt> doubt(RelativePath path) {
    for (RelativePath at : holding(path)) {
      Place place = java.util.Objects.requireNonNull(places.get(at));
      if (place.doubt() != null) {
        return Optional.of(new Doubt(at, place.doubt(), place.detail()));
      }
    }
    return Optional.empty();
  }

  /** The place that waits for its first complete scan after a doubt, and holds {@code path}. */
  Optional<RelativePath> unsettled(RelativePath path) {
    for (Map.Entry<RelativePath, Place> entry : places.entrySet()) {
      if (entry.getValue().unsettled() && entry.getKey().contains(path)) {
        return Optional.of(entry.getKey());
      }
    }
    return Optional.empty();
  }
}
