package org.realize.sync.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.realize.sync.model.RealizeException;

/** An open regular file of an {@link EditableDisk}. Positional; safe for concurrent calls. */
public interface EditedFile extends EditedNode {

  /** Reads until {@code destination} is full or the file ends; 0 at the end. */
  int read(long offsetBytes, ByteBuffer destination) throws RealizeException;

  /** Writes as much as there is room for, at the end if {@code appends}; returns the bytes. */
  int write(long offsetBytes, ByteBuffer source, boolean appends) throws RealizeException;

  /** Takes the set-id bits away that a change of the content ends. */
  void dropSetId() throws RealizeException;

  /** Reserves, frees or moves room as fallocate(2) does; {@code mode}: Linux's bits. */
  void allocate(int mode, long offsetBytes, long lengthBytes) throws RealizeException;

  /** Copies within the file system; returns the bytes. */
  long copyFrom(EditedFile source, long sourceBytes, long offsetBytes, long lengthBytes)
      throws RealizeException;

  /** The next offset that is no hole, or is in one; ENXIO when there is none. */
  long seek(long offsetBytes, boolean toHole) throws RealizeException;

  void force(boolean dataOnly) throws RealizeException;

  /** A path to the open file below {@code /proc/self/fd}, valid until {@link #close}. */
  Path path();
}
