package org.realize.sync.rules;

import java.util.Collection;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;

/**
 * The rules of eviction: whether a content's cached bytes may be evicted. Where they may be the
 * only ones left, keeping them beats every limit.
 */
public final class EvictionRules {

  /** The reason that keeps a content's bytes in the cache, or none. */
  public enum EvictionVerdict {
    /** Nothing: who needs them again gets them from a peer, or from this peer's own real file. */
    FREE,
    /** The user wants them here, by a mark. */
    MARKED,
    /** No peer is known to have them as a real file, or as what it keeps. */
    LAST_COPY
  }

  private EvictionRules() {}

  /**
   * Judges the bytes of {@code hash}, whole or not. Bytes of an alternative count as those that are
   * shown: a user who resolves the conflict may choose them. Bytes that were replaced everywhere
   * go.
   *
   * @param referring states of all paths of which the content may be current; the others do not
   *     count
   */
  public static EvictionVerdict judge(
      ContentHash hash, Collection<PathState> referring, Marks marks) {
    EvictionVerdict verdict = EvictionVerdict.FREE;
    for (PathState state : referring) {
      for (Version version : Judgement.maxima(state)) {
        if (version.content() instanceof Content.File file && file.hash().equals(hash)) {
          EvictionVerdict here = judge(state, file, marks.of(state.path()));
          verdict = here.compareTo(verdict) > 0 ? here : verdict;
        }
      }
    }
    return verdict;
  }

  private static EvictionVerdict judge(PathState state, Content.File file, Mark mark) {
    boolean isReal = state.isReal(file);
    return switch (mark) {
      case KEEP -> EvictionVerdict.MARKED;
      case OWN -> isReal ? EvictionVerdict.FREE : EvictionVerdict.MARKED;
      case WATCH ->
          isReal || !Availability.holders(state, file).isEmpty()
              ? EvictionVerdict.FREE
              : EvictionVerdict.LAST_COPY;
    };
  }
}
