package org.realize.store.global;

import java.nio.file.Path;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.journal.Durability;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.testing.GlobalStoreContract;

/** The global store on Ignite keeps the contract. */
final class IgniteGlobalStoreTest extends GlobalStoreContract {
  @TempDir Path parent;

  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
  private @Nullable IgniteGlobalStore open;

  private IgniteGlobalStore start() throws Exception {
    IgniteGlobalStore.GlobalStoreSettings settings =
        new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 64L << 20, 4L << 20);
    return IgniteGlobalStore.open(parent.resolve("state"), settings, random, cause -> {});
  }

  @BeforeEach
  void openStore() throws Exception {
    open = start();
  }

  @AfterEach
  void closeStore() throws Exception {
    Objects.requireNonNull(open).close();
  }

  @Override
  protected GlobalStore store() {
    return Objects.requireNonNull(open);
  }

  @Override
  protected GlobalStore reopened() throws Exception {
    closeStore();
    openStore();
    return store();
  }
}
