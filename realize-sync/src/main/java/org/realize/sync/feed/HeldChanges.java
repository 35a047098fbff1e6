package org.realize.sync.feed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.realize.sync.feed.Losses.Loss;
import org.realize.sync.feed.Losses.LostVersion;
import org.realize.sync.feed.PathFindings.Held;
import org.realize.sync.feed.RemovalGuard.TakenBack;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.LocalRules.Author;

/**
 * The changes of peers that one arena holds without effect: some wait until a feed was read, which
 * {@link #review} decides, and some for the user. Thread-safe, as {@link FeedState} is.
 */
public final class HeldChanges {

  private final FeedState state;
  private final PathFindings findings;
  private final RemovalGuard guard;

  HeldChanges(FeedState state) {
    this.state = state;
    findings = state.findings();
    guard = state.guard();
  }

  /**
   * Judges what waited for this feed, now that it was read that far: all that an author changed
   * goes on to wait for the user, or none of it. What passed within the day before is taken back,
   * and before anything goes on to wait for the user: after a kill the next page finishes that.
   *
   * @param peer the one whose feed it is
   */
  void review(PeerName peer, StoreId feed, long reached) throws RealizeException {
    if (!state.waits()) {
      return;
    }
    Map<StoreId, List<RelativePath>> due = new HashMap<>();
    List<Loss> suspect = new ArrayList<>();
    state.write(writer -> {
      due.clear();
      suspect.clear();
      due.putAll(guard.due(feed, reached));
      for (StoreId author : due.keySet()) {
        if (guard.isOverLimit(writer, author)) {
          suspect.addAll(guard.losses().of(author).values());
        }
      }
    });
    if (!suspect.isEmpty()) {
      acquit(suspect);
    }
    for (Map.Entry<StoreId, List<RelativePath>> author : due.entrySet()) {
      boolean[] holds = {false};
      state.write(writer -> {
        holds[0] = guard.close(writer, author.getKey());
      });
      String cause =
          ("%s removes or replaces most files: 'realize arena confirm %2$s' lets that pass,"
                  + " 'realize arena reject %2$s' keeps what is here")
              .formatted(peer, state.arena().arena());
      if (holds[0]) {
        takeBack(author.getKey(), feed, cause);
      }
      state.writeEach(
          author.getValue(),
          (writer, path) -> {
            Held held = findings.at(path);
            if (held == null) {
              return;
            }
            if (holds[0]) {
              findings.hold(writer, path, held.forUser(), cause, state.time().unixMillis());
            } else {
              state.release(writer, path);
            }
          });
    }
  }

  /** Takes back what was no loss, and counts again what the authors of the others added. */
  private void acquit(List<Loss> suspect) throws RealizeException {
    Map<StoreId, AddedFiles> added = new HashMap<>();
    state.write(writer -> {
      added.clear();
      suspect.forEach(loss -> added.computeIfAbsent(loss.author(), guard::addedBy));
    });
    List<Loss> moved = state.arena().read(reader -> MovedContents.of(suspect, reader));
    state.writeEach(moved, state::restore);
    for (Map.Entry<StoreId, AddedFiles> author : added.entrySet()) {
      long count = author.getValue().count(state.arena());
      state.write(writer -> guard.lowerAdded(author.getKey(), count));
    }
  }

  /**
   * Holds what {@code author} changed before it was over the limit: each path shows again what it
   * showed before, and its file comes back by the plan of its mark. Costs a commit for each row of
   * the log of losses.
   */
  private void takeBack(StoreId author, StoreId feed, String cause) throws RealizeException {
    Set<Long> rows = new TreeSet<>();
    state.write(writer -> {
      rows.clear();
      guard.losses().of(author).values().forEach(loss -> rows.add(loss.row()));
    });
    for (long row : rows) {
      state.write(writer -> {
        for (Map.Entry<Loss, LostVersion> lost : guard.losses().lost(writer, row).entrySet()) {
          if (lost.getKey().author().equals(author)) {
            takeBack(writer, lost.getKey(), lost.getValue(), feed, cause);
          }
        }
      });
    }
  }

  private void takeBack(ArenaWriter writer, Loss loss, LostVersion lost, StoreId feed, String cause)
      throws StorageFailed {
    PathState before = writer.path(loss.path()).orElse(null);
    TakenBack back = before == null ? null : guard.takenBack(before, loss, lost).orElse(null);
    if (before != null && back != null) {
      Held held = new Held(loss.author(), back.reporters(), feed, 0);
      findings.hold(writer, loss.path(), held, cause, state.time().unixMillis());
      state.put(writer, before, back.state());
    }
  }

  /** The user lets pass what is held: judges it. Returns the number of paths. */
  public int confirm() throws RealizeException {
    return decide(state::release);
  }

  /**
   * The user keeps what is here: on each held path, what is shown becomes a version that knows of
   * the held ones. Returns the number of paths.
   *
   * @param global the store that signs
   */
  public int reject(GlobalStore global) throws RealizeException {
    StoreId self = global.identity().store();
    long counter = global.nextCounter(state.time().unixMillis());
    return decide((writer, path) -> {
      PathState before = writer.path(path).orElse(null);
      if (before != null) {
        Author author = new Author(self, counter, writer.nextSeq());
        writer.put(LocalRules.kept(before, findings.heldAt(path), author));
      }
      findings.release(writer, path);
    });
  }

  /** The user decides on all that is held; what its authors did is not counted any more. */
  private int decide(ArenaStore.Step<RelativePath> decision) throws RealizeException {
    List<RelativePath> paths = new ArrayList<>();
    state.write(writer -> {
      paths.clear();
      paths.addAll(findings.held().keySet());
    });
    state.writeEach(
        paths,
        (writer, path) -> {
          Held held = findings.at(path);
          if (held != null) {
            guard.losses().uncount(guard.losses().of(held.author()).values());
            guard.reset(held.author());
            decision.run(writer, path);
          }
        });
    return paths.size();
  }
}
