package org.realize.sync.view;

/** The treatment of what has the new name of a rename already. */
public enum RenameKind {
  /** It is replaced, a directory only when it is empty. */
  REPLACE,
  /** It stays, and the rename fails with EEXIST. */
  NEW,
  /** It gets the old name, and must be there. */
  EXCHANGE
}
