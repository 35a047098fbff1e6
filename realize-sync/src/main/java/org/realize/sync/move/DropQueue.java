package org.realize.sync.move;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.pin.DropOutcome;

/**
 * The files of a move that wait for their source to give them up. A source gives up many at the
 * cost of few, so files that wait at the same time are given up together. Thread-safe.
 */
final class DropQueue {

  /** One file; its outcome is written by the thread that leads the round, before it is over. */
  private static final class WaitingDrop {
    private final MovedFile file;
    private DropOutcome outcome =
        new DropOutcome.Failed(new StorageFailed("the drop did not end", null));

    WaitingDrop(MovedFile file) {
      this.file = file;
    }
  }

  private final MoveSource source;
  private final Together<WaitingDrop> rounds = new Together<>(this::dropAll);

  DropQueue(MoveSource source) {
    this.source = source;
  }

  /** Gives up a file whose target is durable. */
  DropOutcome drop(MovedFile file) {
    WaitingDrop waiting = new WaitingDrop(file);
    rounds.join(waiting);
    return waiting.outcome;
  }

  private void dropAll(List<WaitingDrop> all) {
    for (int from = 0; from < all.size(); from += MoveSource.MAX_DROPPED) {
      dropSome(all.subList(from, Math.min(all.size(), from + MoveSource.MAX_DROPPED)));
    }
  }

  private void dropSome(List<WaitingDrop> some) {
    @Nullable RealizeException failure;
    try {
      List<DropOutcome> outcomes = source.drop(some.stream().map(waiting -> waiting.file).toList());
      for (int i = 0; i < some.size(); i++) {
        some.get(i).outcome = outcomes.get(i);
      }
      return;
    } catch (RealizeException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = new Unreachable("drop files at %s: interrupted".formatted(source.name()));
    }
    DropOutcome failed = new DropOutcome.Failed(failure);
    some.forEach(waiting -> waiting.outcome = failed);
  }
}
