package org.realize.chaos.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bar of the policy: on each trace no more than a point below Caffeine, and two below LRU, in
 * requests and in bytes.
 */
class CachePolicyIsWorthItTest {

  private static final int REQUESTS = 100_000;

  /** Few blobs: what is asked for stays so for longer. */
  static Stream<Arguments> traces() {
    return Stream.of(TraceKind.values())
        .flatMap(kind ->
            Stream.of(false, true)
                .flatMap(mixed ->
                    Stream.of(1_000, 5_000)
                        .flatMap(blobs ->
                            Stream.of(5, 20, 60)
                                .map(cap -> Arguments.of(kind, mixed, blobs, cap)))));
  }

  @ParameterizedTest
  @MethodSource("traces")
  void replay_namedTrace_hitsAsOftenAsTheOthers(
      TraceKind kind, boolean mixed, int blobs, int percent) {
    long seed = 42;
    RequestTrace trace = kind.generate(blobs, REQUESTS, mixed, seed);
    long capacityBytes = trace.footprintBytes() / 100 * percent;

    HitRatios policy = trace.replay(new PolicyCache(capacityBytes));
    HitRatios lru = trace.replay(new LruCache(capacityBytes));
    HitRatios caffeine = trace.replay(new CaffeineCache(capacityBytes));

    assertThat(policy.requests())
        .as("requests; seed %d, lru %s, caffeine %s", seed, lru, caffeine)
        .isGreaterThanOrEqualTo(Math.max(lru.requests() - 2, caffeine.requests() - 1));
    assertThat(policy.bytes())
        .as("bytes; seed %d, lru %s, caffeine %s", seed, lru, caffeine)
        .isGreaterThanOrEqualTo(Math.max(lru.bytes() - 2, caffeine.bytes() - 1));
  }
}
