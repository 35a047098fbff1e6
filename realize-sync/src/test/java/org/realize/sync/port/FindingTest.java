package org.realize.sync.port;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.FindingSource;
import org.realize.sync.port.Finding.Part;

class FindingTest {

  private static final RelativePath PATH = RelativePath.of("d/f");

  private static String place(Part part) {
    return Finding.Key.of(FindingKind.FAILED, part, PATH).toFinding("no room", 5).place();
  }

  @Test
  void place_partsOfThePath_areThePath() {
    assertThat(place(Part.INDEX)).isEqualTo("d/f");
    assertThat(place(Part.ROOT)).isEqualTo("d/f");
    assertThat(place(Part.DOWNLOAD)).isEqualTo("d/f");
    assertThat(place(Part.FEED)).isEqualTo("d/f");
    assertThat(place(Part.SYNC)).isEqualTo("d/f");
    assertThat(place(Part.TRASH)).isEqualTo("d/f");
  }

  @Test
  void place_otherParts_sayWhereTheBytesAre() {
    assertThat(place(Part.CACHE)).isEqualTo("cache");
    assertThat(place(Part.CACHE_SCRUB)).isEqualTo("cache of 'd/f'");
    assertThat(place(Part.REAL_SCRUB)).isEqualTo("real file 'd/f'");
  }

  @Test
  void place_ofAPeer_namesThePeer() {
    Finding finding =
        new Finding(
            FindingKind.FAILED,
            FindingSource.feed(new PeerName("bob")),
            "d/f (from eve)",
            "bad",
            5);

    assertThat(finding.place()).isEqualTo("d/f (from eve) (from bob)");
  }

  @Test
  void key_found_isTheSameKey() {
    Finding.Key key = Finding.Key.of(FindingKind.HELD, Part.FEED, PATH);

    assertThat(key.toFinding("too many", 7).key()).isEqualTo(key);
  }
}
