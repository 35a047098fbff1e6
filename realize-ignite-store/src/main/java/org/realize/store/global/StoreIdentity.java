package org.realize.store.global;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The identity of this store, its earlier identities, and each start that it has had. Immutable.
 */
record StoreIdentity(StoreId store, List<UUID> incarnations, List<StoreId> former) {
  StoreIdentity {
    incarnations = List.copyOf(incarnations);
    former = List.copyOf(former);
  }

  static StoreIdentity read(RowDecoder in) {
    StoreId store = in.getStore();
    List<UUID> incarnations = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      incarnations.add(in.getUuid());
    }
    List<StoreId> former = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      former.add(in.getStore());
    }
    return new StoreIdentity(store, incarnations, former);
  }

  byte[] encode() {
    RowEncoder out = GlobalRows.encoder();
    out.putStore(store);
    out.putNumber(incarnations.size());
    incarnations.forEach(out::putUuid);
    out.putNumber(former.size());
    former.forEach(out::putStore);
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
