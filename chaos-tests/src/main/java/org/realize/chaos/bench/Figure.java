package org.realize.chaos.bench;

import org.jspecify.annotations.Nullable;

/**
 * One row of the table.
 *
 * @param value our median, in {@code unit}
 * @param yardstick what it is measured beside, null where there is none
 * @param ratio ours against the yardstick, as {@code bar} compares it
 * @param bar what is aimed at
 */
public record Figure(
    String what,
    double value,
    String unit,
    @Nullable String yardstick,
    @Nullable Double yardstickValue,
    @Nullable Double ratio,
    String bar) {

  static Figure alone(String what, double value, String unit, String bar) {
    return new Figure(what, value, unit, null, null, null, bar);
  }

  static Figure beside(
      String what, double value, String unit, String yardstick, double other, String bar) {
    return new Figure(what, value, unit, yardstick, other, value / other, bar);
  }

  String row() {
    String beside =
        yardstick == null
            ? ""
            : String.format("%s: %s %s", yardstick, number(yardstickValue), unit);
    String times = ratio == null ? "" : String.format("%.2f x", ratio);
    return String.format(
        "%-58s %12s %-8s %-44s %9s  %s", what, number(value), unit, beside, times, bar);
  }

  private static String number(@Nullable Double value) {
    if (value == null) {
      return "";
    }
    return value >= 100 ? String.format("%,.0f", value) : String.format("%.3g", value);
  }
}
