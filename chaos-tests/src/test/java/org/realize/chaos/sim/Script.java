package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A household and what happens to it, all drawn from one seed.
 *
 * @param peers what each peer is like; the first listens and keeps everything
 */
record Script(long seed, List<Nature> peers, List<Action> actions) {

  private static final int ACTIONS_PER_MOVE = 5;

  /** Between two other actions. */
  private static final int MOST_MOVE_STEPS = 5;

  /** How a peer takes part. */
  enum Role {
    OWN,
    KEEP,
    WATCH,
    WATCH_WITH_ROOT
  }

  /** What a peer is like. */
  record Nature(Role role, boolean listens, boolean late) {
    boolean rooted() {
      return role == Role.OWN || role == Role.WATCH_WITH_ROOT;
    }
  }

  Script {
    peers = List.copyOf(peers);
    actions = List.copyOf(actions);
  }

  static Script of(long seed) {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    List<Nature> peers = new ArrayList<>();
    peers.add(new Nature(random.nextInt(3) == 0 ? Role.KEEP : Role.OWN, true, false));
    int count = 3 + random.nextInt(3);
    while (peers.size() < count) {
      Role role =
          switch (random.nextInt(6)) {
            case 0 -> Role.WATCH;
            case 1 -> Role.WATCH_WITH_ROOT;
            case 2 -> Role.KEEP;
            default -> Role.OWN;
          };
      peers.add(new Nature(role, random.nextInt(3) == 0, random.nextInt(6) == 0));
    }
    List<Action> actions = new ArrayList<>();
    int length = 40 + random.nextInt(260);
    int total = 0;
    for (Action.Kind kind : Action.Kind.values()) {
      total += kind.weight;
    }
    while (actions.size() < length) {
      actions.add(drawn(kind(random.nextInt(total)), random));
    }
    return new Script(seed, peers, actions);
  }

  /**
   * The same household, to which the same happens, and between whiles files are moved. What is
   * drawn for {@link #of} is not changed by it.
   */
  static Script withMoves(long seed) {
    Script script = of(seed);
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 2);
    List<Action> actions = new ArrayList<>();
    for (Action action : script.actions()) {
      actions.add(action);
      if (random.nextInt(ACTIONS_PER_MOVE) == 0) {
        actions.add(drawn(Action.Kind.MOVE, random));
      }
      for (int steps = random.nextInt(MOST_MOVE_STEPS + 1); steps > 0; steps--) {
        actions.add(drawn(Action.Kind.MOVE_STEP, random));
      }
    }
    return script.with(actions);
  }

  private static Action drawn(Action.Kind kind, Random random) {
    return new Action(
        kind,
        random.nextInt(1 << 16),
        random.nextInt(1 << 16),
        random.nextInt(1 << 16),
        random.nextLong());
  }

  Script with(List<Action> others) {
    return new Script(seed, peers, others);
  }

  private static Action.Kind kind(int ticket) {
    int left = ticket;
    for (Action.Kind kind : Action.Kind.values()) {
      left -= kind.weight;
      if (left < 0) {
        return kind;
      }
    }
    throw new IllegalStateException("ticket " + ticket);
  }
}
