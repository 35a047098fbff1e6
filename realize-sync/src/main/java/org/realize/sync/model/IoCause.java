package org.realize.sync.model;

import java.io.IOException;

/** The text of an I/O failure for people: its kind and its message, on one line. */
public final class IoCause {

  private IoCause() {}

  /** The kind of {@code failure} alone where it has no message. */
  public static String of(IOException failure) {
    String text = failure.getMessage();
    String kind = failure.getClass().getSimpleName();
    return text == null ? kind : kind + ": " + text;
  }
}
