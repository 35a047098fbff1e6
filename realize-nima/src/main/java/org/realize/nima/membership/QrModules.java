package org.realize.nima.membership;

import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;
import java.util.ArrayList;
import java.util.List;

/** Modules of QR codes, the squares that they are made of. */
public final class QrModules {

  private QrModules() {}

  /**
   * The rows of the QR code of {@code text} from the top, a character for each module from the
   * left: {@code 1} for a dark one, {@code 0} for a light one. Readers need four light modules
   * around them, which are not in the rows.
   */
  public static List<String> of(String text) {
    ByteMatrix modules;
    try {
      modules = Encoder.encode(text, ErrorCorrectionLevel.L).getMatrix();
    } catch (WriterException e) {
      throw new IllegalArgumentException("a text of " + text.length() + " characters", e);
    }
    List<String> rows = new ArrayList<>();
    for (int y = 0; y < modules.getHeight(); y++) {
      StringBuilder row = new StringBuilder();
      for (int x = 0; x < modules.getWidth(); x++) {
        row.append(modules.get(x, y) == 0 ? '0' : '1');
      }
      rows.add(row.toString());
    }
    return rows;
  }
}
