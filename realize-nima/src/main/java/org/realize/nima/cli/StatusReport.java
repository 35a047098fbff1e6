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
import org.realize.nima.control.ArenaPhase;
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

  /** Columns of a usual terminal. */
  private static final int WIDTH = 80;

  /** Findings shown of each kind in an arena; the counts tell the rest. */
  private static final int SHOWN = 10;

  private final HouseholdStatus status;

  StatusReport(HouseholdStatus status) {
    this.status = status;
  }

  void print(PrintWriter out) {
    out.println(
        "%s  version %s, process %d, since %s"
            .formatted(
                status.node(), status.version(), status.pid(), TIME.format(status.started())));
    out.println("key      " + status.key());
    List<String> listening = status.listening();
    out.println("listens  " + (listening.isEmpty() ? "off" : String.join(", ", listening)));
    out.println("mount    " + orDash(status.mount()));
    if (status.dashboard() != null) {
      out.println("figures  http://" + status.dashboard() + "/metrics");
    }
    for (LoopFault loop : status.loops()) {
      String since = TIME.format(Instant.ofEpochMilli(loop.sinceMillis()));
      line(out, "failing  %s: %s, since %s".formatted(loop.name(), loop.cause(), since));
    }
    for (String program : status.overBudget()) {
      line(out, "fetched  " + program);
    }
    if (status.disk() != null) {
      line(out, "disk     " + status.disk());
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
    Table table = new Table("PEER", "STATE", "SINCE", "ADDRESS");
    for (PeerStatus peer : status.peers()) {
      table.row(
          peer.name().value(),
          (peer.connected() ? "connected" : "away")
              + (peer.pausedUntil() == null ? "" : ", paused"),
          time(peer.since()),
          orDash(peer.address()));
    }
    table.print(out, WIDTH);
    for (PeerStatus peer : status.peers()) {
      if (peer.lastError() != null) {
        line(out, "%s: %s".formatted(peer.name(), peer.lastError()));
      }
    }
  }

  private void arenas(PrintWriter out) {
    Table table = new Table("ARENA", "MARK", "FILES", "SIZE", "HERE", "SIZE", "CACHED");
    for (ArenaStatus arena : status.arenas()) {
      table.row(
          arena.name().value(),
          arena.mark().toString(),
          count(arena.files()),
          size(arena.bytes()),
          count(arena.localFiles()),
          size(arena.localBytes()),
          size(arena.cachedBytes()));
    }
    table.print(out, WIDTH);
    for (ArenaStatus arena : status.arenas()) {
      out.println();
      arena(out, arena);
    }
  }

  private static void arena(PrintWriter out, ArenaStatus arena) {
    line(out, "%s: %s%s".formatted(arena.name(), paused(arena.pausedUntil()), work(arena)));
    if (arena.root() != null) {
      line(out, "  root " + arena.root());
    }
    long fetched = arena.transfers().fetchedBytes();
    long reused = arena.transfers().reusedBytes() + arena.transfers().patchedBytes();
    if (fetched + reused > 0) {
      line(out, "  fetched %s, reused %s".formatted(size(fetched), size(reused)));
    }
    OnlyHere only = arena.onlyHere();
    if (only != null && only.files() > 0) {
      line(
          out,
          "  %s files, %s only here; see 'realize copies --at-risk'"
              .formatted(count(only.files()), size(only.bytes())));
    }
    if (arena.trashBytes() > 0) {
      line(out, "  trash " + size(arena.trashBytes()));
    }
    if (arena.conflicts() > 0) {
      line(out, "  conflicts: %s; see 'realize conflict list'".formatted(count(arena.conflicts())));
    }
    for (Finding.FindingKind kind : Finding.FindingKind.values()) {
      findings(out, arena, kind);
    }
  }

  private static void line(PrintWriter out, String text) {
    Table.wrapped(Printable.line(text), "    ", WIDTH).forEach(out::println);
  }

  private static String paused(@Nullable Instant end) {
    return end == null ? "" : end.isAfter(END) ? "paused; " : "paused until " + time(end) + "; ";
  }

  private static String work(ArenaStatus arena) {
    SyncWork.SyncFigures work = arena.work();
    ArenaPhase phase = arena.phase();
    boolean isInSync = work.done() && phase.isInSync();
    StringBuilder text = new StringBuilder();
    switch (phase.kind()) {
      case WORKING, LOOKING, IN_SYNC -> text.append(isInSync ? "in sync" : syncing(work));
      default -> text.append(phase.words()).append(work.done() ? "" : "; " + syncing(work));
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

  private static String syncing(SyncWork.SyncFigures work) {
    if (work.files() == 0) {
      return work.walking() ? "syncing, looking at all paths" : "syncing";
    }
    StringBuilder text = new StringBuilder("syncing");
    text.append(work.walking() ? " at least" : work.estimated() ? " about" : "");
    text.append(" %s files, %s".formatted(count(work.files()), size(work.bytes())));
    if (work.bytesPerSecond() > 0) {
      text.append(", %s/s".formatted(size(work.bytesPerSecond())));
    }
    if (work.secondsLeft() >= 0 && !work.walking()) {
      text.append(", %s left".formatted(span(work.secondsLeft())));
    }
    return text.toString();
  }

  private static void findings(PrintWriter out, ArenaStatus arena, Finding.FindingKind kind) {
    long all = arena.counts().of(kind);
    if (all == 0) {
      return;
    }
    line(out, "  %s: %s".formatted(kind.name().toLowerCase(Locale.ROOT), count(all)));
    List<Finding> shown =
        arena.findings().stream().filter(finding -> finding.kind() == kind).limit(SHOWN).toList();
    Map<String, List<Finding>> byCause = new LinkedHashMap<>();
    shown.forEach(each -> byCause.computeIfAbsent(each.cause(), _ -> new ArrayList<>()).add(each));
    byCause.forEach((cause, findings) -> findings(out, cause, findings));
    if (all > shown.size()) {
      line(out, "    and %s more".formatted(count(all - shown.size())));
    }
  }

  /** What has one cause is listed below that. */
  private static void findings(PrintWriter out, String cause, List<Finding> findings) {
    String since = TIME.format(Instant.ofEpochMilli(findings.getFirst().sinceMillis()));
    if (findings.size() == 1) {
      String place = findings.getFirst().place();
      String shown = place.isEmpty() ? "(the arena)" : place;
      line(out, "    %s: %s, since %s".formatted(shown, cause, since));
      return;
    }
    line(out, "    %s, since %s:".formatted(cause, since));
    findings.forEach(finding -> line(out, "      " + finding.place()));
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
