package org.realize.sync.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.testing.PathStates;

class RowsTest {

  /** One field of each kind. */
  private record Sample(
      long number,
      long signed,
      double share,
      StoreId store,
      RelativePath path,
      String text,
      List<Integer> counts) {}

  private static final Rows<Sample> SAMPLES =
      Rows.of(
          "sample",
          3,
          (out, sample) ->
              out.putNumber(sample.number)
                  .putSigned(sample.signed)
                  .putDouble(sample.share)
                  .putStore(sample.store)
                  .putPath(sample.path)
                  .putText(sample.text)
                  .putEach(sample.counts, (o, count) -> o.putNumber(count))
                  .putHash(PathStates.hash(7)),
          in -> {
            Sample sample =
                new Sample(
                    in.getNumber(),
                    in.getSigned(),
                    in.getDouble(),
                    in.getStore(),
                    in.getPath(),
                    in.getText(),
                    in.getEach(RowDecoder::getInt));
            assertThat(in.getHash()).isEqualTo(PathStates.hash(7));
            return sample;
          });

  @Test
  void decode_whatWasEncoded_isEqual() {
    for (long number : new long[] {0, 127, 128, Long.MAX_VALUE}) {
      Sample sample =
          new Sample(
              number,
              -number,
              1.0 / 3,
              new StoreId(new UUID(1, -2)),
              RelativePath.of("käse/" + number),
              "a\nb",
              List.of(1, 300, 0));
      assertThat(SAMPLES.decode(SAMPLES.encode(sample))).isEqualTo(sample);
    }
  }

  @Test
  void encode_firstByte_isTheVersion() {
    assertThat(Rows.flag("f").encode(true)).containsExactly(1);
    assertThat(
            Rows.ofLists("l", 5, RowEncoder::putNumber, RowDecoder::getNumber)
                .encode(List.of(4L, 2L)))
        .containsExactly(5, 2, 4, 2);
  }

  @Test
  void decode_anotherVersion_throws() {
    assertThatThrownBy(() -> SAMPLES.decode(new byte[] {2, 0}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("version 2 instead of 3");
  }

  @Test
  void at_keys_haveNamesOfTheirOwn() {
    assertThat(SAMPLES.at("a").name()).isEqualTo("sample/a");
    assertThat(SAMPLES.at("a").at("b").name()).isEqualTo("sample/a/b");
    assertThat(SAMPLES.name()).isEqualTo("sample");
  }
}
