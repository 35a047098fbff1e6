package org.realize.sync.view;

import java.util.List;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/**
 * One inode of an {@link EditableDisk}, whatever happens to its names: it stays reachable until
 * {@link #close}. Safe for concurrent calls.
 */
public interface EditedNode extends AutoCloseable {

  DiskNode stat() throws RealizeException;

  /** Changes attributes and returns those that are there then. */
  DiskNode change(AttributeChange change, Caller caller) throws RealizeException;

  /** Gives the inode a further name. */
  DiskNode link(RelativePath to, Caller caller) throws RealizeException;

  /** Opens the inode, a regular file, again. */
  EditedFile open(OpenFlags flags, Caller caller) throws RealizeException;

  List<String> attributeNames() throws RealizeException;

  Optional<byte[]> attribute(String name) throws RealizeException;

  void setAttribute(String name, byte[] value, AttributeSetting setting, Caller caller)
      throws RealizeException;

  void removeAttribute(String name, Caller caller) throws RealizeException;

  @Override
  void close();
}
