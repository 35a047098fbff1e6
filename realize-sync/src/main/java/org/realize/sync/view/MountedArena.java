package org.realize.sync.view;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;

/**
 * One arena of the mount.
 *
 * @param stored the arena as its store alone shows it
 * @param rooted the arena with its root; null where it has none, or nobody may change it
 */
record MountedArena(ArenaView stored, @Nullable RootedArena rooted) {

  ArenaName name() {
    return stored.name();
  }

  Inode root() {
    return stored.root();
  }

  Region region() {
    return rooted == null ? stored : rooted;
  }
}
