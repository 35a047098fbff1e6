package org.realize.fuse;

import java.io.IOException;

/** A {@link MemoryFileView} that tests change by commands, in this process or in another. */
interface Twin {

  /** Carries out one command; returns what it answers. */
  String tell(String... words) throws IOException;
}
