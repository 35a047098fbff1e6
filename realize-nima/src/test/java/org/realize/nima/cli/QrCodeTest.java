package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.realize.nima.membership.QrModules;

class QrCodeTest {

  /** Pixels of a module; readers want some. */
  private static final int SCALE = 4;

  @Test
  void lines_readByAQrReader_areTheText() throws Exception {
    String text = "04ZK8-NPQRS-TVWXY-Z0123-45678-9ABCD-EFGHJ-KMNPQ-RSTVW-XYZ01-23456-789AB";

    List<String> lines = QrCode.lines(QrModules.of(text));

    int width = lines.getFirst().length();
    int height = 2 * lines.size();
    int[] pixels = new int[width * SCALE * height * SCALE];
    for (int y = 0; y < height * SCALE; y++) {
      for (int x = 0; x < width * SCALE; x++) {
        int row = y / SCALE;
        char c = lines.get(row / 2).charAt(x / SCALE);
        boolean light = c == '█' || c == (row % 2 == 0 ? '▀' : '▄');
        pixels[y * width * SCALE + x] = light ? 0xffffff : 0;
      }
    }
    var source = new RGBLuminanceSource(width * SCALE, height * SCALE, pixels);
    var read = new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(source)));
    assertThat(read.getText()).isEqualTo(text);
    assertThat(width).isLessThanOrEqualTo(80);
  }
}
