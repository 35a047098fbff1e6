package org.realize.sync.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One path part of an ignore pattern: literals, {@code ?}, {@code *} and {@code [...]} with ranges,
 * negation and POSIX classes. It works on code points, so that {@code ?} is one character. Matching
 * takes at most (length of name × length of pattern) steps.
 */
record Glob(List<Token> tokens) {

  /** One position of the pattern. */
  sealed interface Token {

    boolean takes(int codePoint);

    /** A position that matches exactly this character. */
    record Literal(int codePoint) implements Token {
      @Override
      public boolean takes(int other) {
        return codePoint == other;
      }
    }

    /** A position that matches any one character. */
    record AnyOne() implements Token {
      @Override
      public boolean takes(int codePoint) {
        return true;
      }
    }

    /** A position that matches any number of characters. */
    record Star() implements Token {
      @Override
      public boolean takes(int codePoint) {
        return true;
      }
    }

    /** One character that is in one of the ranges or, negated, in none. */
    record Range(int first, int last) {}

    /** A bracket expression. */
    record Set(boolean negated, List<Range> ranges) implements Token {
      @Override
      public boolean takes(int codePoint) {
        return negated
            != ranges.stream().anyMatch(r -> r.first() <= codePoint && codePoint <= r.last());
      }
    }
  }

  Glob {
    tokens = List.copyOf(tokens);
  }

  /** True if this part stands for any number of directories: two or more stars, nothing else. */
  boolean spansDirectories() {
    return tokens.size() >= 2 && tokens.stream().allMatch(t -> t instanceof Token.Star);
  }

  /** Greedy matching that goes back to the last star only, which suffices within one part. */
  boolean matches(String name) {
    int at = 0;
    int token = 0;
    int afterStar = -1;
    int starAt = 0;
    while (at < name.length()) {
      int codePoint = name.codePointAt(at);
      if (token < tokens.size() && tokens.get(token) instanceof Token.Star) {
        afterStar = ++token;
        starAt = at;
      } else if (token < tokens.size() && tokens.get(token).takes(codePoint)) {
        token++;
        at += Character.charCount(codePoint);
      } else if (afterStar >= 0) {
        token = afterStar;
        starAt += Character.charCount(name.codePointAt(starAt));
        at = starAt;
      } else {
        return false;
      }
    }
    while (token < tokens.size() && tokens.get(token) instanceof Token.Star) {
      token++;
    }
    return token == tokens.size();
  }

  /**
   * The parts of {@code pattern}; empty when it can never match: an unfinished escape or bracket.
   */
  static Optional<List<Glob>> parse(String pattern) {
    return new GlobParser(pattern.codePoints().toArray()).parts();
  }

  /** A parser of a pattern from left to right; a slash inside brackets does not end a part. */
  private static final class GlobParser {
    private final int[] pattern;
    private int at;

    GlobParser(int[] pattern) {
      this.pattern = pattern;
    }

    Optional<List<Glob>> parts() {
      List<Glob> parts = new ArrayList<>();
      List<Token> tokens = new ArrayList<>();
      while (at < pattern.length) {
        int next = pattern[at++];
        boolean escaped = next == '\\';
        if (escaped) {
          if (at == pattern.length) {
            return Optional.empty();
          }
          next = pattern[at++];
        }
        if (next == '/') {
          parts.add(new Glob(tokens));
          tokens = new ArrayList<>();
        } else if (escaped) {
          tokens.add(new Token.Literal(next));
        } else if (next == '[') {
          Optional<Token.Set> set = set();
          if (set.isEmpty()) {
            return Optional.empty();
          }
          tokens.add(set.get());
        } else {
          tokens.add(
              switch (next) {
                case '*' -> new Token.Star();
                case '?' -> new Token.AnyOne();
                default -> new Token.Literal(next);
              });
        }
      }
      parts.add(new Glob(tokens));
      return Optional.of(parts);
    }

    /** A bracket expression whose opening bracket was read; empty when it does not end. */
    private Optional<Token.Set> set() {
      boolean negated = at < pattern.length && (pattern[at] == '!' || pattern[at] == '^');
      if (negated) {
        at++;
      }
      List<Token.Range> ranges = new ArrayList<>();
      int previous = -1;
      for (boolean first = true; ; first = false) {
        if (at >= pattern.length) {
          return Optional.empty();
        }
        int next = pattern[at++];
        if (next == ']' && !first) {
          return Optional.of(new Token.Set(negated, List.copyOf(ranges)));
        }
        if (next == '-' && previous >= 0 && at < pattern.length && pattern[at] != ']') {
          int last = literal(pattern[at++]);
          if (last < 0) {
            return Optional.empty();
          }
          ranges.add(new Token.Range(previous, last));
          previous = -1;
          continue;
        }
        if (next == '[' && at < pattern.length && pattern[at] == ':') {
          Optional<String> name = className();
          if (name.isPresent()) {
            List<Token.Range> members = PosixClass.ranges(name.get());
            if (members.isEmpty()) {
              return Optional.empty();
            }
            ranges.addAll(members);
            previous = -1;
            continue;
          }
        }
        previous = literal(next);
        if (previous < 0) {
          return Optional.empty();
        }
        ranges.add(new Token.Range(previous, previous));
      }
    }

    /** {@code next} itself or, after a backslash, what follows; -1 at the end of the pattern. */
    private int literal(int next) {
      if (next != '\\') {
        return next;
      }
      return at < pattern.length ? pattern[at++] : -1;
    }

    /** The name between {@code [:} and {@code :]}, which is then read; else nothing is read. */
    private Optional<String> className() {
      int end = at + 1;
      while (end < pattern.length && pattern[end] != ']') {
        end++;
      }
      if (end >= pattern.length || end < at + 2 || pattern[end - 1] != ':') {
        return Optional.empty();
      }
      String name = new String(pattern, at + 1, end - at - 2);
      at = end + 1;
      return Optional.of(name);
    }
  }

  /** The POSIX character classes in ASCII. */
  private static final class PosixClass {

    private static List<Token.Range> of(int... bounds) {
      List<Token.Range> ranges = new ArrayList<>();
      for (int i = 0; i < bounds.length; i += 2) {
        ranges.add(new Token.Range(bounds[i], bounds[i + 1]));
      }
      return ranges;
    }

    /** Empty when there is no class of that name. */
    static List<Token.Range> ranges(String name) {
      return switch (name) {
        case "alnum" -> of('0', '9', 'A', 'Z', 'a', 'z');
        case "alpha" -> of('A', 'Z', 'a', 'z');
        case "blank" -> of(' ', ' ', '\t', '\t');
        case "cntrl" -> of(0, 31, 127, 127);
        case "digit" -> of('0', '9');
        case "graph" -> of(33, 126);
        case "lower" -> of('a', 'z');
        case "print" -> of(32, 126);
        case "punct" -> of(33, 47, 58, 64, 91, 96, 123, 126);
        case "space" -> of(' ', ' ', 9, 13);
        case "upper" -> of('A', 'Z');
        case "xdigit" -> of('0', '9', 'A', 'F', 'a', 'f');
        default -> List.of();
      };
    }
  }
}
