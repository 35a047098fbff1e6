package org.realize.sync.pin;

import java.util.List;
import java.util.Map;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PinRequest.Pinned;

/** A place that takes the bytes of files which {@link SafeDrop} is about to move into the trash. */
@FunctionalInterface
public interface ByteKeeper {

  /**
   * Takes the bytes that are to stay on this machine, durably.
   *
   * @return the causes why files must stay where they are, by path
   * @throws RealizeException if all must stay
   */
  Map<RelativePath, RealizeException> keep(List<Pinned> files) throws RealizeException;
}
