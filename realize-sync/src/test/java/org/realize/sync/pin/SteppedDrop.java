package org.realize.sync.pin;

import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FileStat;

/** A drop as {@link SafeDrop#drop} makes it, one step at a time. Used by one thread. */
public final class SteppedDrop {

  /** The steps that {@link SafeDrop} describes, in order. */
  public enum Step {
    INTEND,
    ASK,
    BEGIN,
    TAKE,
    CONCLUDE,
    PAY,
    OVER
  }

  private final SafeDrop gate;
  private final DropBatch batch;
  private Step next = Step.INTEND;

  public SteppedDrop(SafeDrop gate, Map<RelativePath, FileStat> files, Optional<StoreId> target)
      throws RealizeException {
    this.gate = gate;
    this.batch = gate.batch(files, target);
  }

  /** The step that the next call takes. */
  public Step next() {
    return next;
  }

  /** Takes one step. The intents are withdrawn when a step before {@link Step#TAKE} fails. */
  public void step() throws RealizeException, InterruptedException {
    Step now = next;
    try {
      next =
          switch (now) {
            case INTEND -> {
              batch.refuseDoubtful();
              batch.intend();
              yield Step.ASK;
            }
            case ASK -> {
              batch.ask();
              yield Step.BEGIN;
            }
            case BEGIN -> {
              batch.begin();
              yield Step.TAKE;
            }
            case TAKE -> {
              batch.take();
              yield Step.CONCLUDE;
            }
            case CONCLUDE -> {
              batch.conclude();
              yield Step.PAY;
            }
            case PAY -> {
              gate.payDebts();
              yield Step.OVER;
            }
            case OVER -> throw new IllegalStateException("the drop is over");
          };
    } catch (RealizeException failure) {
      next = Step.OVER;
      if (now.compareTo(Step.TAKE) < 0) {
        batch.abandon();
      }
      throw failure;
    }
  }

  /** The outcome for a path; empty before it has one. */
  public Optional<DropOutcome> outcome(RelativePath path) {
    return Optional.ofNullable(batch.outcomes().get(path));
  }
}
