package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A household and what happens to it, all drawn from one seed.
 *
 * @param peers what each peer is like; the first listens and keeps everything
 */
record Script(long seed, List<Nature> peers, List<Action> actions) {

  private static final int ACTIONS_PER_MOVE = 5;

  private static final int ACTIONS_PER_CHOICE = 6;

  private static final int ACTIONS_PER_DISK = 6;

  private static final int PULLS_PER_LOST_PAGE = 20;

  private static final int ACTIONS_PER_MEETING = 25;

  /** Of programs, between two other actions. */
  private static final int MOST_CALLS = 5;

  private static final int ACTIONS_PER_READ = 4;

  /** Between two other actions. */
  private static final int MOST_MOVE_STEPS = 5;

  /** The things that happen besides what is drawn for every household. */
  enum Form {
    STILL(""),
    MOVES(" with moves"),
    CHOICES(" with choices"),
    DISKS(" with disks"),
    /** Not one of {@link #SWEPT}. */
    WRITERS(" with writers");

    /** The forms that each seed of a sweep is played in. */
    static final List<Form> SWEPT = List.of(STILL, MOVES, CHOICES, DISKS);

    private final String suffix;

    Form(String suffix) {
      this.suffix = suffix;
    }

    /** The name of what a seed gives. */
    String name(long seed) {
      return "seed " + seed + suffix;
    }

    /** What a seed gives. */
    Script script(long seed) {
      return switch (this) {
        case STILL -> Script.of(seed);
        case MOVES -> Script.withMoves(seed);
        case CHOICES -> Script.withChoices(seed);
        case DISKS -> Script.withDisks(seed);
        case WRITERS -> Script.withWriters(seed);
      };
    }
  }

  /** The part that a peer takes. */
  enum Role {
    OWN,
    KEEP,
    KEEP_WITH_ROOT,
    WATCH,
    WATCH_WITH_ROOT
  }

  /**
   * The nature of a peer.
   *
   * @param copies other peers that must have pinned a file before this one drops it
   * @param isMounted programs can write to its root through a mount, if it has one
   */
  record Nature(Role role, boolean listens, boolean late, int copies, boolean isMounted) {
    Nature(Role role, boolean listens, boolean late, int copies) {
      this(role, listens, late, copies, false);
    }

    boolean rooted() {
      return switch (role) {
        case OWN, KEEP_WITH_ROOT, WATCH_WITH_ROOT -> true;
        case KEEP, WATCH -> false;
      };
    }

    private Nature with(Role other) {
      return new Nature(other, listens, late, copies, isMounted);
    }

    private Nature mounted() {
      return new Nature(role, listens, late, copies, true);
    }
  }

  Script {
    peers = List.copyOf(peers);
    actions = List.copyOf(actions);
  }

  static Script of(long seed) {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    List<Nature> peers = new ArrayList<>();
    peers.add(new Nature(random.nextInt(3) == 0 ? Role.KEEP : Role.OWN, true, false, 1));
    int count = 3 + random.nextInt(3);
    while (peers.size() < count) {
      Role role =
          switch (random.nextInt(6)) {
            case 0 -> Role.WATCH;
            case 1 -> Role.WATCH_WITH_ROOT;
            case 2 -> Role.KEEP;
            default -> Role.OWN;
          };
      boolean listens = random.nextInt(3) == 0;
      boolean late = random.nextInt(6) == 0;
      peers.add(new Nature(role, listens, late, random.nextInt(6) == 0 ? 2 : 1));
    }
    List<Action> actions = new ArrayList<>();
    if (random.nextBoolean()) {
      actions.addAll(oldTree(count, random));
    }
    int length = 40 + random.nextInt(260);
    int total = 0;
    for (Action.Kind kind : Action.Kind.values()) {
      total += kind.weight;
    }
    for (int i = 0; i < length; i++) {
      actions.add(drawn(kind(random.nextInt(total)), random));
    }
    List<Action> troubled = troubled(actions, new Random(seed * 0x9E3779B97F4A7C15L + 3));
    return new Script(
        seed, peers, read(peers, troubled, new Random(seed * 0x9E3779B97F4A7C15L + 4)));
  }

  /** The same actions on a network that loses some of the pages. */
  private static List<Action> troubled(List<Action> actions, Random random) {
    List<Action> all = new ArrayList<>();
    for (Action action : actions) {
      if (action.kind() == Action.Kind.PULL && random.nextInt(PULLS_PER_LOST_PAGE) == 0) {
        Action.Kind lost = Action.Kind.LOSE_PAGE;
        all.add(new Action(lost, action.peer(), 0, action.other(), random.nextLong()));
      }
      all.add(action);
    }
    return all;
  }

  /** The same actions, and between whiles users read, for the most part where few files lie. */
  private static List<Action> read(List<Nature> peers, List<Action> actions, Random random) {
    List<Integer> readers = new ArrayList<>();
    for (int peer = 0; peer < peers.size(); peer++) {
      int share = peers.get(peer).role() == Role.OWN ? 1 : 5;
      readers.addAll(Collections.nCopies(share, peer));
    }
    List<Action> all = new ArrayList<>();
    for (Action action : actions) {
      all.add(action);
      if (random.nextInt(ACTIONS_PER_READ) == 0) {
        int peer = readers.get(random.nextInt(readers.size()));
        all.add(new Action(cacheKind(random), peer, 0, random.nextInt(1 << 16), random.nextLong()));
      }
    }
    return all;
  }

  private static Action.Kind cacheKind(Random random) {
    return switch (random.nextInt(16)) {
      case 0 -> Action.Kind.STOP_CACHE;
      case 1 -> Action.Kind.GARBLE;
      case 2, 3 -> Action.Kind.EVICT;
      case 4, 5 -> Action.Kind.UPKEEP;
      case 6, 7, 8, 9, 10 -> Action.Kind.FETCH;
      default -> Action.Kind.READ;
    };
  }

  /** One tree, of which each peer has a copy with a few differences. */
  private static List<Action> oldTree(int peers, Random random) {
    List<Action> actions = new ArrayList<>();
    for (int path = 0; path < Users.PATHS.size(); path++) {
      if (random.nextInt(3) > 0) {
        for (int peer = 0; peer < peers; peer++) {
          int difference = random.nextInt(12);
          if (difference > 0) {
            int edition = difference == 1 ? 1 : 0;
            actions.add(new Action(Action.Kind.WRITE_OLD, peer, path, edition, random.nextLong()));
          }
        }
      }
    }
    return actions;
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

  /**
   * The same household, to which the same happens, and between whiles users end conflicts, often
   * two of them at once. What is drawn for {@link #of} is not changed by it.
   */
  static Script withChoices(long seed) {
    Script script = of(seed);
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 5);
    List<Action> actions = new ArrayList<>();
    for (Action action : script.actions()) {
      actions.add(action);
      if (random.nextInt(ACTIONS_PER_CHOICE) == 0) {
        Action choice = drawn(Action.Kind.CHOOSE, random);
        Action other = drawn(Action.Kind.CHOOSE, random);
        actions.add(choice);
        if (random.nextBoolean()) {
          actions.add(
              new Action(
                  Action.Kind.CHOOSE, other.peer(), choice.path(), other.other(), other.chance()));
        }
      }
    }
    return script.with(actions);
  }

  /**
   * The same household, to which the same happens, and between whiles users change marks, and roots
   * are exchanged, restored, unplugged, and full. Some of the peers keep what others watch. What is
   * drawn for {@link #of} is not changed by it.
   */
  static Script withDisks(long seed) {
    Script script = of(seed);
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 6);
    List<Nature> peers = new ArrayList<>();
    for (Nature peer : script.peers()) {
      boolean keeps = peer.role() != Role.OWN && random.nextInt(3) == 0;
      peers.add(keeps ? peer.with(Role.KEEP_WITH_ROOT) : peer);
    }
    List<Action> actions = new ArrayList<>();
    for (Action action : script.actions()) {
      actions.add(action);
      if (random.nextInt(ACTIONS_PER_DISK) == 0) {
        actions.add(drawn(diskKind(random), random));
      }
    }
    return new Script(seed, peers, actions);
  }

  /**
   * The same household, to which the same happens, and between whiles programs write to files
   * through mounts, and processes end in the middle of that. Many peers have a root that few files
   * stay in. What is drawn for {@link #of} is not changed by it.
   */
  static Script withWriters(long seed) {
    Script script = of(seed);
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 7);
    List<Nature> peers = new ArrayList<>();
    for (Nature peer : script.peers()) {
      boolean watches = !peers.isEmpty() && (!peer.rooted() || random.nextInt(3) == 0);
      peers.add((watches ? peer.with(Role.WATCH_WITH_ROOT) : peer).mounted());
    }
    List<Action> actions = new ArrayList<>();
    for (Action action : script.actions()) {
      actions.add(action);
      if (random.nextInt(ACTIONS_PER_MEETING) == 0) { // all know of each other's files
        for (int peer = 0; peer < peers.size(); peer++) {
          actions.add(new Action(Action.Kind.START, peer, 0, 0, random.nextLong()));
          actions.add(new Action(Action.Kind.SCAN, peer, 0, 0, random.nextLong()));
        }
        actions.add(drawn(Action.Kind.CALM, random));
      }
      for (int calls = random.nextInt(MOST_CALLS); calls > 0; calls--) {
        actions.add(drawn(writerKind(random), random));
      }
      if (action.kind() == Action.Kind.CRASH && random.nextInt(3) == 0) {
        actions.add(drawn(Action.Kind.WRITE_PART, random));
        Action.Kind cut = Action.Kind.POWER_CUT;
        actions.add(new Action(cut, action.peer(), 0, 0, random.nextLong()));
      }
    }
    return new Script(seed, peers, actions);
  }

  private static Action.Kind writerKind(Random random) {
    return switch (random.nextInt(16)) {
      case 0 -> Action.Kind.CRASH;
      case 1, 2, 3, 4 -> Action.Kind.OPEN;
      case 5, 6, 7, 8, 9 -> Action.Kind.WRITE_PART;
      case 10, 11 -> Action.Kind.FORCE;
      case 12, 13 -> Action.Kind.CLOSE;
      default -> Action.Kind.COMPLETE;
    };
  }

  private static Action.Kind diskKind(Random random) {
    return switch (random.nextInt(24)) {
      case 0 -> Action.Kind.RESTORE_STATE;
      case 1 -> Action.Kind.ROLL_BACK_ROOT;
      case 2 -> Action.Kind.HALF_RESTORE_ROOT;
      case 3 -> Action.Kind.NEW_DISK;
      case 4, 5 -> Action.Kind.UNPLUG;
      case 6, 7, 8 -> Action.Kind.PLUG;
      case 9, 10 -> Action.Kind.FILL;
      case 11, 12, 13 -> Action.Kind.MAKE_ROOM;
      default -> Action.Kind.MARK;
    };
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

  /**
   * The script as text, a line each for what chance is drawn from, for each peer, and for each
   * action: what {@link #parse} reads.
   */
  String text() {
    StringBuilder text = new StringBuilder("seed " + seed + "\n");
    for (Nature peer : peers) {
      text.append("peer ").append(peer.role());
      text.append(peer.listens() ? " listens" : "").append(peer.late() ? " late" : "");
      text.append(peer.copies() > 1 ? " twice" : "");
      text.append(peer.isMounted() ? " mounted" : "").append('\n');
    }
    for (Action action : actions) {
      text.append(
          "%s %d %d %d %d\n"
              .formatted(
                  action.kind(), action.peer(), action.path(), action.other(), action.chance()));
    }
    return text.toString();
  }

  /**
   * Reads what {@link #text} wrote; empty lines and those that begin with {@code #} are left out.
   */
  static Script parse(String text) {
    long seed = 0;
    List<Nature> peers = new ArrayList<>();
    List<Action> actions = new ArrayList<>();
    for (String line : text.lines().filter(l -> !l.isBlank() && !l.startsWith("#")).toList()) {
      List<String> words = List.of(line.split(" "));
      switch (words.getFirst()) {
        case "seed" -> seed = Long.parseLong(words.get(1));
        case "peer" ->
            peers.add(
                new Nature(
                    Role.valueOf(words.get(1)),
                    words.contains("listens"),
                    words.contains("late"),
                    words.contains("twice") ? 2 : 1,
                    words.contains("mounted")));
        default ->
            actions.add(
                new Action(
                    Action.Kind.valueOf(words.getFirst()),
                    Integer.parseInt(words.get(1)),
                    Integer.parseInt(words.get(2)),
                    Integer.parseInt(words.get(3)),
                    Long.parseLong(words.get(4))));
      }
    }
    return new Script(seed, peers, actions);
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
