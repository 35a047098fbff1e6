package org.realize.nima.cli;

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

  /** The lines of the QR code with these rows of modules, {@code 1} for each dark one. */
  static List<String> lines(List<String> modules) {
    List<String> lines = new ArrayList<>();
    int end = modules.size() + MARGIN;
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

  private static boolean isLight(List<String> modules, int x, int y) {
    boolean isInside = x >= 0 && y >= 0 && x < modules.size() && y < modules.size();
    return !isInside || modules.get(y).charAt(x) == '0';
  }
}
