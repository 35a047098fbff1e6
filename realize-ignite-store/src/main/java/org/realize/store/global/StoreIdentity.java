package org.realize.store.global;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.realize.store.arena.Decoder;
import org.realize.store.arena.Encoder;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.GlobalStore;

/** Who this store is, was before, and each start that it has had. Immutable. */
record StoreIdentity(StoreId store, List<UUID> incarnations, List<StoreId> former) {
  StoreIdentity {
    incarnations = List.copyOf(incarnations);
    former = List.copyOf(former);
  }

  static StoreIdentity read(Decoder in) {
    StoreId store = new StoreId(GlobalRows.getUuid(in));
    List<UUID> incarnations = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      incarnations.add(GlobalRows.getUuid(in));
    }
    List<StoreId> former = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      former.add(new StoreId(GlobalRows.getUuid(in)));
    }
    return new StoreIdentity(store, incarnations, former);
  }

  byte[] encode() {
    Encoder out = GlobalRows.encoder();
    GlobalRows.putUuid(out, store.value());
    out.putNumber(incarnations.size());
    incarnations.forEach(id -> GlobalRows.putUuid(out, id));
    out.putNumber(former.size());
    former.forEach(id -> GlobalRows.putUuid(out, id.value()));
    return out.toBytes();
  }

  StoreIdentity started(UUID incarnation) {
    List<UUID> more = new ArrayList<>(incarnations);
    more.add(incarnation);
    return new StoreIdentity(store, more, former);
  }

  StoreIdentity renewed(StoreId next) {
    List<StoreId> more = new ArrayList<>(former);
    more.add(store);
    return new StoreIdentity(next, incarnations, more);
  }

  GlobalStore.Identity told() {
    return new GlobalStore.Identity(store, incarnations);
  }
}
