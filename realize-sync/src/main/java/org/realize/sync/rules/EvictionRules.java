package org.realize.sync.rules;

import java.util.Collection;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.port.PathState;

/**
 * Whether a content's cached bytes may go to make room. Where they may be the only ones left,
 * keeping them beats every limit.
 */
public final class EvictionRules {

  /** What holds a content's bytes in the cache. */
  public enum Verdict {
    /** Nothing: who needs them again gets them from a peer, or from this peer's own real file. */
    FREE,
    /** The user wants them here, by a mark. */
    MARKED,
    /** No peer is known to have them as a real file, or as what it keeps. */
    LAST_COPY
  }

  private EvictionRules() {}

  /**
   * Judges the bytes of {@code hash}, whole or not.
   *
   * @param showing states of all paths that may show it; those that show something else do not
   *     count
   */
  public static Verdict judge(ContentHash hash, Collection<PathState> showing, Marks marks) {
    Verdict verdict = Verdict.FREE;
    for (PathState state : showing) {
      if (state.shown().content() instanceof Content.File shown && shown.hash().equals(hash)) {
        Verdict here = judge(state, marks.of(state.path()));
        verdict = here.compareTo(verdict) > 0 ? here : verdict;
      }
    }
    return verdict;
  }

  private static Verdict judge(PathState state, Mark mark) {
    boolean isReal = state.isReal(state.shown().content());
    return switch (mark) {
      case KEEP -> Verdict.MARKED;
      case OWN -> isReal ? Verdict.FREE : Verdict.MARKED;
      case WATCH ->
          isReal || !Availability.holders(state).isEmpty() ? Verdict.FREE : Verdict.LAST_COPY;
    };
  }
}
