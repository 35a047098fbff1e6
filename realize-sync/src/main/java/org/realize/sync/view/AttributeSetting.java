package org.realize.sync.view;

/** The condition under which an extended attribute is set. */
public enum AttributeSetting {
  ALWAYS,
  /** Fails with EEXIST when it is there. */
  NEW,
  /** Fails with ENODATA when it is not there. */
  EXISTING
}
