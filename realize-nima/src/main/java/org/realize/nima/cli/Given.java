package org.realize.nima.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A required argument, which the parser has filled in before a command runs. */
final class Given {

  private Given() {}

  static <T> T value(@Nullable T argument) {
    return Objects.requireNonNull(argument, "the parser fills in required arguments");
  }
}
