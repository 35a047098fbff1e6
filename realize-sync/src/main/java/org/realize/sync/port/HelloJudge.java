package org.realize.sync.port;

import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/**
 * Decides from the first words of a connection whether the two stores may talk. Calls touch the
 * store and must not run on a thread that reads frames for others. Thread-safe.
 */
public interface HelloJudge {

  /** What becomes of the connection. */
  sealed interface Verdict {
    /** They may talk. */
    record Accept() implements Verdict {}

    /** They may not: the connection ends with {@code cause}, and is not tried again soon. */
    record Refuse(String cause) implements Verdict {}

    /** This store had to take a new identity: every connection ends and is made anew. */
    record Renewed(String cause) implements Verdict {}
  }

  /** What we say to {@code peer}. */
  Hello hello(PeerName peer) throws RealizeException;

  /** Judges what {@code peer}, whose key was checked, said; remembers it when accepted. */
  Verdict judge(PeerName peer, Hello hello) throws RealizeException;
}
