package org.realize.sync.port;

import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/**
 * The judge of a connection's first messages: whether the two stores may talk. Calls touch the
 * store and must not run on a thread that reads frames for others. Thread-safe.
 */
public interface HelloJudge {

  /** The verdict on the connection. */
  sealed interface Verdict {
    /** The verdict that the two stores may talk. */
    record Accept() implements Verdict {}

    /**
     * The verdict that they may not: the connection ends with {@code cause}, and is not retried
     * soon.
     */
    record Refuse(String cause) implements Verdict {}

    /**
     * The verdict that the peer came back with an identity that it left: it is refused, and what
     * {@link HelloJudge#hello} says to it from now on makes it take a new one.
     */
    record Returned(String cause) implements Verdict {}

    /**
     * The verdict that this store had to take a new identity: every connection ends and is made
     * again.
     */
    record Renewed(String cause) implements Verdict {}
  }

  /** What we say to {@code peer}. */
  Hello hello(PeerName peer) throws RealizeException;

  /** Judges what {@code peer}, whose key was checked, said; remembers it when accepted. */
  Verdict judge(PeerName peer, Hello hello) throws RealizeException;
}
