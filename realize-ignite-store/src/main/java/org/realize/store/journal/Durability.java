package org.realize.store.journal;

/** The kind of crash that an acknowledged commit survives. */
public enum Durability {
  /** Any death of the process; a power cut may take the last commits whose caller did not wait. */
  OS,
  /** A power cut too: every batch is flushed to the disk before it is acknowledged. */
  FSYNC
}
