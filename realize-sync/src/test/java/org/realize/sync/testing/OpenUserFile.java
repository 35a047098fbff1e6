package org.realize.sync.testing;

import java.io.IOException;

/**
 * A file that a user's program has open for writing, and mapped. It stays so over a kill of ours.
 */
public interface OpenUserFile extends AutoCloseable {

  /** Writes the whole file by the descriptor. */
  void write(byte[] bytes) throws IOException;

  /** Stores bytes at the start of the file by the mapping, which must be as long. */
  void store(byte[] bytes) throws IOException;

  byte[] read() throws IOException;

  @Override
  void close() throws IOException;
}
