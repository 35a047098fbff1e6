package org.realize.sync.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoreIdTest {

  private static final StoreId STORE =
      new StoreId(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));

  @Test
  void further_sameStoreAndNumber_isTheSameEverywhere() {
    assertThat(STORE.further(0)).isEqualTo(new StoreId(STORE.value()).further(0));
    assertThat(STORE.further(0).toString()).isEqualTo("c83a3704-a5f3-3035-85b6-48a26ab0ac1d");
    assertThat(STORE.further(0)).isNotEqualTo(STORE.further(1)).isNotEqualTo(STORE);
    assertThat(new StoreId(new UUID(1, 1)).further(0)).isNotEqualTo(STORE.further(0));
  }

  @Test
  void all_holdsTheIdItselfAndItsFurtherOnes() {
    assertThat(STORE.all()).hasSize(65).contains(STORE, STORE.further(0), STORE.further(63));
  }
}
