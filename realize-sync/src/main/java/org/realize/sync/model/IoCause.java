package org.realize.sync.model;

import java.io.IOException;

/** The text of an I/O failure for people, on one line. */
public final class IoCause {

  private IoCause() {}

  /**
   * The message of {@code failure}, with its kind before it where it says no more than a path; its
   * kind alone where it has none.
   */
  public static String of(IOException failure) {
    String text = failure.getMessage();
    String kind = failure.getClass().getSimpleName();
    return text == null ? kind : text.contains(": ") ? text : kind + ": " + text;
  }
}
