package org.realize.store.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.testing.ArenaStoreContract;

/** The arena store on Ignite keeps the contract; all tests share one node, each has an arena. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class IgniteArenaStoreTest extends ArenaStoreContract {
  @TempDir static Path directory;

  private final AtomicInteger arenas = new AtomicInteger();
  private @Nullable IgniteGlobalStore global;
  private @Nullable ArenaStore store;

  @BeforeAll
  void openStore() throws Exception {
    IgniteGlobalStore.GlobalStoreSettings settings =
        new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 128L << 20, 8L << 20);
    global =
        IgniteGlobalStore.open(
            directory.resolve("state"),
            settings,
            RandomGenerator.of("L64X128MixRandom"),
            cause -> {});
  }

  @BeforeEach
  void makeArena() throws Exception {
    store = opened().arena(new ArenaName("arena-" + arenas.incrementAndGet()));
  }

  private IgniteGlobalStore opened() {
    return Objects.requireNonNull(global);
  }

  @AfterAll
  void closeStore() throws Exception {
    opened().close();
  }

  @Override
  protected ArenaStore store() {
    return Objects.requireNonNull(store);
  }

  @Test
  void write_withinAQueryOrAChange_isRefused() throws Exception {
    assertThatThrownBy(() -> store().read(reader -> store().write(writer -> 1)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store().write((ArenaWriter outer) -> store().write(inner -> 1)))
        .isInstanceOf(IllegalStateException.class);
    long nested = store().read(reader -> store().read(ArenaReader::headSeq));
    assertThat(nested).isZero();
  }
}
