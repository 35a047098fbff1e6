package org.realize.nima.cli;

import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;
import java.util.ArrayList;
import java.util.List;

/**
 * A QR code drawn with half blocks, two rows of it on each line of a terminal with light text on a
 * dark ground.
 */
final class QrCode {

  /** Light modules around the code, which its readers need; ISO 18004 asks for 4. */
  private static final int MARGIN = 4;

  private QrCode() {}

  /** The lines of the QR code of {@code text}. */
  static List<String> lines(String text) {
    ByteMatrix modules;
    try {
      modules = Encoder.encode(text, ErrorCorrectionLevel.L).getMatrix();
    } catch (WriterException e) {
      throw new IllegalArgumentException("a text of " + text.length() + " characters", e);
    }
    List<String> lines = new ArrayList<>();
    int end = modules.getWidth() + MARGIN;
    for (int y = -MARGIN; y < end; y += 2) {
      StringBuilder line = new StringBuilder();
      for (int x = -MARGIN; x < end; x++) {
        boolean upper = isLight(modules, x, y);
        boolean lower = y + 1 < end && isLight(modules, x, y + 1);
        line.append(upper ? lower ? '█' : '▀' : lower ? '▄' : ' ');
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static boolean isLight(ByteMatrix modules, int x, int y) {
    boolean isInside = x >= 0 && y >= 0 && x < modules.getWidth() && y < modules.getHeight();
    return !isInside || modules.get(x, y) == 0;
  }
}
