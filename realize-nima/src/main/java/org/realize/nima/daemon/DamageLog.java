package org.realize.nima.daemon;

import org.realize.sync.engine.Checkup;
import org.realize.sync.engine.Scrub;
import org.realize.sync.model.ArenaName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where it is written that bytes of an arena had changed on the disk. Thread-safe. */
record DamageLog(ArenaName arena) implements Scrub.Listener {

  private static final Logger LOG = LoggerFactory.getLogger(DamageLog.class);

  @Override
  public void damaged(String subject, Checkup.Result result) {
    LOG.warn("arena {}: {}: {}", arena, subject, result.describe());
  }
}
