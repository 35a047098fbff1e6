package org.realize.sync.index;

/** The root is not, or no longer certainly, the one that was indexed. */
final class RootLostException extends Exception {
  private static final long serialVersionUID = 1L;

  RootLostException(String message) {
    super(message);
  }
}
