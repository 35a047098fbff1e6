package org.realize.nima.config;

/** The kind of crash that a small commit of the store survives. */
public enum DurabilitySetting {
  /** Any death of the process; a power cut may take the last moments. */
  OS,
  /** A power cut too. */
  FSYNC
}
