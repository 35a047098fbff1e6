package org.realize.sync.port;

/**
 * The answer to whether any program has a file open, or mapped, for writing at this moment. Readers
 * do not count.
 */
public enum OpenState {
  /** A program can write to the file without opening it first. */
  OPEN,
  /** No program can. */
  CLOSED,
  /**
   * There is no certain answer: this process has no right to ask for the file, or the file system
   * cannot answer.
   */
  UNKNOWN
}
