package org.realize.sync.view;

/** The three kinds of inode that the mount shows. */
public enum FileKind {
  FILE,
  DIRECTORY,
  LINK
}
