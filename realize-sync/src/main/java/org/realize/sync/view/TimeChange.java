package org.realize.sync.view;

import org.realize.sync.model.FileTime;

/** The change of one time of a file. */
public sealed interface TimeChange {

  /** The time stays. */
  record Stays() implements TimeChange {}

  /** The time becomes that of the change, by the clock of the file system. */
  record Now() implements TimeChange {}

  /** The time becomes {@code time}. */
  record To(FileTime time) implements TimeChange {}

  TimeChange STAYS = new Stays();
  TimeChange NOW = new Now();
}
