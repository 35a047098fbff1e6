package org.realize.fuse;

import java.util.EnumSet;
import java.util.Set;

/** The contract of edits on the libfuse driver, which can less. */
final class LibfuseEditIT extends MountEditContract {

  @Override
  Driver driver() {
    return Driver.LIBFUSE;
  }

  @Override
  Set<Ability> abilities() {
    return EnumSet.of(Ability.ZEROING, Ability.ALLOCATION, Ability.WHOLE_DIRECTORIES);
  }
}
