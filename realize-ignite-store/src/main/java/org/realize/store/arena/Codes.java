package org.realize.store.arena;

import org.realize.sync.model.Mark;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;

/** The numbers by which rows tell the values of closed sets. They are part of the format. */
final class Codes {
  private Codes() {}

  static int of(FileStat.Kind kind) {
    return switch (kind) {
      case FILE -> 1;
      case DIRECTORY -> 2;
      case LINK -> 3;
      case OTHER -> 4;
    };
  }

  static FileStat.Kind statKind(int code) {
    return switch (code) {
      case 1 -> FileStat.Kind.FILE;
      case 2 -> FileStat.Kind.DIRECTORY;
      case 3 -> FileStat.Kind.LINK;
      case 4 -> FileStat.Kind.OTHER;
      default -> throw unknown(code);
    };
  }

  static int of(Finding.FindingKind kind) {
    return switch (kind) {
      case SKIPPED -> 1;
      case PAUSED -> 2;
      case HELD -> 3;
      case FAILED -> 4;
    };
  }

  static Finding.FindingKind findingKind(int code) {
    return switch (code) {
      case 1 -> Finding.FindingKind.SKIPPED;
      case 2 -> Finding.FindingKind.PAUSED;
      case 3 -> Finding.FindingKind.HELD;
      case 4 -> Finding.FindingKind.FAILED;
      default -> throw unknown(code);
    };
  }

  static int of(Finding.Part part) {
    return switch (part) {
      case INDEX -> 1;
      case ROOT -> 2;
      case FEED -> 3;
      case DOWNLOAD -> 4;
      case CACHE -> 5;
      case CACHE_SCRUB -> 6;
      case REAL_SCRUB -> 7;
      case SYNC -> 8;
      case TRASH -> 9;
      case BRANCH -> 10;
    };
  }

  static Finding.Part findingPart(int code) {
    return switch (code) {
      case 1 -> Finding.Part.INDEX;
      case 2 -> Finding.Part.ROOT;
      case 3 -> Finding.Part.FEED;
      case 4 -> Finding.Part.DOWNLOAD;
      case 5 -> Finding.Part.CACHE;
      case 6 -> Finding.Part.CACHE_SCRUB;
      case 7 -> Finding.Part.REAL_SCRUB;
      case 8 -> Finding.Part.SYNC;
      case 9 -> Finding.Part.TRASH;
      case 10 -> Finding.Part.BRANCH;
      default -> throw unknown(code);
    };
  }

  static int of(Mark mark) {
    return switch (mark) {
      case WATCH -> 1;
      case KEEP -> 2;
      case OWN -> 3;
    };
  }

  static Mark mark(int code) {
    return switch (code) {
      case 1 -> Mark.WATCH;
      case 2 -> Mark.KEEP;
      case 3 -> Mark.OWN;
      default -> throw unknown(code);
    };
  }

  static int of(TreeRows.Own own) {
    return switch (own) {
      case ABSENT -> 0;
      case DIRECTORY -> 1;
      case OTHER -> 2;
    };
  }

  static TreeRows.Own own(int code) {
    return switch (code) {
      case 0 -> TreeRows.Own.ABSENT;
      case 1 -> TreeRows.Own.DIRECTORY;
      case 2 -> TreeRows.Own.OTHER;
      default -> throw unknown(code);
    };
  }

  private static IllegalStateException unknown(int code) {
    return new IllegalStateException("unknown code " + code + " in a row");
  }
}
