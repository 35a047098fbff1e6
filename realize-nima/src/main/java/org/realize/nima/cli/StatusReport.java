package org.realize.nima.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.PeerStatus;
import org.realize.sync.engine.OnlyHere;
import org.realize.sync.engine.SyncWork;
import org.realize.sync.loop.Loops.LoopFault;
import org.realize.sync.port.Finding;

/** The status as people read it. Times are UTC. */
final class StatusReport {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** What ends later ends by command only. */
  private static final Instant END = Instant.parse("2999-01-01T00:00:00Z");

  /** Findings shown of each kind in an arena; the counts tell the rest. */
  private static final int SHOWN = 10;

  private final HouseholdStatus status;

  StatusReport(HouseholdStatus status) {
    this.status = status;
  }

  void print(PrintWriter out) {
    out.printf("node     %s  %s%n", status.node(), status.key());
    out.printf(
        "daemon   version %s, process %d, since %s%n",
        status.version(), status.pid(), TIME.format(status.started()));
    out.printf(
        "listens  %s%n",
        status.listening().isEmpty() ? "off" : String.join(", ", status.listening()));
    out.printf("mount    %s%n", orDash(status.mount()));
    if (status.dashboard() != null) {
      out.printf("figures  http://%s/metrics%n", status.dashboard());
    }
    for (LoopFault loop : status.loops()) {
      out.printf(
          "failing  %s: %s, since %s%n",
          Printable.line(loop.name()),
          Printable.line(loop.cause()),
          TIME.format(Instant.ofEpochMilli(loop.sinceMillis())));
    }
    if (status.disk() != null) {
      out.printf("disk     %s%n", Printable.line(status.disk()));
    }
    if (!status.peers().isEmpty()) {
      out.println();
      peers(out);
    }
    if (!status.arenas().isEmpty()) {
      out.println();
      arenas(out);
    }
    out.flush();
  }

  private void peers(PrintWriter out) {
    Table table = new Table("PEER", "STATE", "SINCE", "ADDRESS", "KEY", "LAST ERROR");
    for (PeerStatus peer : status.peers()) {
      table.row(
          peer.name().value(),
          (peer.connected() ? "connected" : "away")
              + (peer.pausedUntil() == null ? "" : ", paused"),
          time(peer.since()),
          orDash(peer.address()),
          peer.key(),
          orDash(peer.lastError()));
    }
    table.print(out);
  }

  private void arenas(PrintWriter out) {
    Table table =
        new Table(
            "ARENA",
            "MARK",
            "FILES",
            "SIZE",
            "CACHED",
            "FETCHED",
            "REUSED",
            "LOCAL FILES",
            "LOCAL",
            "ROOT");
    for (ArenaStatus arena : status.arenas()) {
      table.row(
          arena.name().value(),
          arena.mark().toString(),
          count(arena.files()),
          size(arena.bytes()),
          size(arena.cachedBytes()),
          size(arena.transfers().fetchedBytes()),
          size(arena.transfers().reusedBytes() + arena.transfers().patchedBytes()),
          count(arena.localFiles()),
          size(arena.localBytes()),
          orDash(arena.root()));
    }
    table.print(out);
    out.println();
    for (ArenaStatus arena : status.arenas()) {
      String trash = arena.trashBytes() == 0 ? "" : "; trash " + size(arena.trashBytes());
      String paused = paused(arena.pausedUntil());
      OnlyHere only = arena.onlyHere();
      String onlyHere =
          only == null || only.files() == 0
              ? ""
              : "; %s files, %s only here".formatted(count(only.files()), size(only.bytes()));
      out.printf("%s: %s%s%s%s%n", arena.name(), paused, work(arena), onlyHere, trash);
    }
    for (ArenaStatus arena : status.arenas()) {
      if (arena.conflicts() > 0) {
        out.printf(
            "%n%s conflicts: %s; see realize conflict list%n",
            arena.name(), count(arena.conflicts()));
      }
      for (Finding.FindingKind kind : Finding.FindingKind.values()) {
        findings(out, arena, kind);
      }
    }
  }

  private static String paused(@Nullable Instant end) {
    return end == null ? "" : end.isAfter(END) ? "paused; " : "paused until " + time(end) + "; ";
  }

  private static String work(ArenaStatus arena) {
    SyncWork.SyncFigures work = arena.work();
    boolean isInSync = work.done() && arena.waitsFor().isEmpty();
    StringBuilder text = new StringBuilder(isInSync ? "in sync" : "syncing");
    if (work.files() > 0) {
      text.append(
          "%s %s files, %s"
              .formatted(
                  work.walking() ? " at least" : work.estimated() ? " about" : "",
                  count(work.files()),
                  size(work.bytes())));
      if (work.bytesPerSecond() > 0) {
        text.append(", %s/s".formatted(size(work.bytesPerSecond())));
      }
      if (work.secondsLeft() >= 0 && !work.walking()) {
        text.append(", %s left".formatted(span(work.secondsLeft())));
      }
    } else if (!arena.waitsFor().isEmpty()) {
      text.append(", waiting for ").append(arena.waitsFor());
    }
    List<String> open = new ArrayList<>();
    if (work.waiting() > 0) {
      open.add("%s wait for a peer that has them".formatted(count(work.waiting())));
    }
    if (work.failed() > 0) {
      open.add("%s failed".formatted(count(work.failed())));
    }
    if (work.cancelled() > 0) {
      open.add("%s cancelled".formatted(count(work.cancelled())));
    }
    if (!open.isEmpty()) {
      text.append(isInSync ? ", but " : "; ").append(String.join(", ", open));
    }
    return text.toString();
  }

  private static void findings(PrintWriter out, ArenaStatus arena, Finding.FindingKind kind) {
    long all = arena.counts().of(kind);
    if (all == 0) {
      return;
    }
    out.printf("%n%s %s: %s%n", arena.name(), kind.name().toLowerCase(Locale.ROOT), count(all));
    List<Finding> shown =
        arena.findings().stream().filter(finding -> finding.kind() == kind).limit(SHOWN).toList();
    Map<String, List<Finding>> byCause = new LinkedHashMap<>();
    shown.forEach(each -> byCause.computeIfAbsent(each.cause(), _ -> new ArrayList<>()).add(each));
    byCause.forEach((cause, findings) -> findings(out, cause, findings));
    if (all > shown.size()) {
      out.printf("  and %s more%n", count(all - shown.size()));
    }
  }

  /** What has one cause is listed below that. */
  private static void findings(PrintWriter out, String cause, List<Finding> findings) {
    String since = TIME.format(Instant.ofEpochMilli(findings.getFirst().sinceMillis()));
    if (findings.size() == 1) {
      String place = Printable.line(findings.getFirst().place());
      out.printf("  %s: %s, since %s%n", place, Printable.line(cause), since);
      return;
    }
    out.printf("  %s, since %s:%n", Printable.line(cause), since);
    findings.forEach(finding -> out.printf("    %s%n", Printable.line(finding.place())));
  }

  /** A time that is not known to the second, in minutes from two on. */
  static String span(long seconds) {
    long minutes = (seconds + 30) / 60;
    if (seconds < 120) {
      return seconds + " s";
    }
    return minutes < 120 ? minutes + " min" : "%d h %d min".formatted(minutes / 60, minutes % 60);
  }

  private static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  static String size(long bytes) {
    return new ByteSize(bytes).toString();
  }

  static String time(@Nullable Instant time) {
    return time == null ? "-" : TIME.format(time);
  }

  private static String orDash(@Nullable String text) {
    return text == null ? "-" : text;
  }
}
