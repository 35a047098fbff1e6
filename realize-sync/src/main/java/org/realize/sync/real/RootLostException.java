package org.realize.sync.real;

/** The root is not, or no longer certainly, the one that was indexed. */
public final class RootLostException extends Exception {
  private static final long serialVersionUID = 1L;

  public RootLostException(String message) {
    super(message);
  }
}
