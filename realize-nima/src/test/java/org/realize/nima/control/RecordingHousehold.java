package org.realize.nima.control;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.Rate;
import org.realize.nima.config.Rates;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.JobEvent.JobEventKind;
import org.realize.sync.engine.OnlyHere;
import org.realize.sync.engine.OpenWork;
import org.realize.sync.engine.SyncWork;
import org.realize.sync.loop.Loops.LoopFault;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.MoveTotals;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.Finding;

/** A household that writes down what it is asked, and fails when it is told to. */
public final class RecordingHousehold implements Household {

  /** What was asked, in order. */
  public final List<String> asked = new CopyOnWriteArrayList<>();

  private final List<Finding> doubts = new CopyOnWriteArrayList<>();

  /** The files that are only here, one fewer with each question. */
  public final AtomicLong onlyHere = new AtomicLong();

  private volatile boolean connected = true;

  /** How far the clock of the laptop is ahead, in milliseconds. */
  public final AtomicLong clockAhead = new AtomicLong();

  private final long pid;
  private volatile @Nullable RealizeException failure;

  /** A household whose status names {@code pid} as the daemon's. */
  public RecordingHousehold(long pid) {
    this.pid = pid;
  }

  /** Every further request fails so. */
  public void failWith(RealizeException e) {
    failure = e;
  }

  private void ask(String request) throws RealizeException {
    asked.add(request);
    RealizeException e = failure;
    if (e != null) {
      throw e;
    }
  }

  /** No peer is connected from now on. */
  public void disconnectAll() {
    connected = false;
  }

  /** Puts the root, or a place in it, in doubt. */
  public void doubt(String place, String cause) {
    Finding.FindingSource index = Finding.FindingSource.of(Finding.Part.INDEX);
    doubts.add(new Finding(Finding.FindingKind.PAUSED, index, place, cause, 0));
  }

  private static Finding held(String path) {
    Finding.FindingSource feed = Finding.FindingSource.of(Finding.Part.FEED);
    return new Finding(Finding.FindingKind.HELD, feed, path, "laptop removes most files", 0);
  }

  @Override
  public HouseholdStatus status() throws RealizeException {
    ask("status");
    Instant since = Instant.parse("2026-01-02T03:04:05Z");
    List<Finding> findings = new ArrayList<>(doubts);
    findings.addAll(
        List.of(
            new Finding(
                Finding.FindingKind.SKIPPED,
                Finding.FindingSource.of(Finding.Part.INDEX),
                "bad\\xff",
                "not UTF-8",
                since.toEpochMilli()),
            new Finding(
                Finding.FindingKind.FAILED,
                Finding.FindingSource.of(Finding.Part.DOWNLOAD),
                "a/b",
                "attic: timed out",
                since.toEpochMilli()),
            held("a/x"),
            held("a/y")));
    ArenaStatus photos =
        new ArenaStatus(
            new ArenaName("photos/trips"),
            "/srv/trips",
            Mark.KEEP,
            12_345,
            3L << 30,
            1L << 20,
            new CacheReport(20L << 30, 1 << 20, 2 << 20, 3 << 20, 4 << 20, false),
            10,
            2_048,
            3,
            new SyncWork.SyncFigures(false, 3, 5L << 20, true, 1L << 20, 95, 2, 0, 1),
            new ArenaPhase(ArenaPhase.PhaseKind.CATCHING_UP, "laptop", 0, 1_234),
            since.plusSeconds(60),
            new OnlyHere(2, 1_024),
            7L << 20,
            new ArenaStatus.Transfers(5L << 20, 2L << 20, 1L << 20),
            ArenaStatus.FindingCounts.of(findings),
            findings);
    Rates limits = new Rates(Rate.parse("512K"), Rate.UNLIMITED);
    return new HouseholdStatus(
        "0.1.0",
        pid,
        since,
        new PeerName("attic"),
        "SHA256:own",
        List.of("[::]:9771"),
        null,
        "127.0.0.1:9772",
        null,
        7,
        List.of(new LoopFault("engine", "java.lang.OutOfMemoryError: heap", since.toEpochMilli())),
        List.of("cat has read 12.0 GiB"),
        List.of(
            new PeerStatus(
                new PeerName("laptop"),
                "SHA256:l",
                connected,
                "[::1]:9771",
                List.of("10.0.0.7:9771"),
                since,
                null,
                limits,
                null,
                clockAhead.get()),
            new PeerStatus(
                new PeerName("phone"),
                "SHA256:p",
                false,
                null,
                List.of(),
                null,
                "refused",
                null,
                since.plusSeconds(60),
                null)),
        List.of(photos));
  }

  @Override
  public List<CacheStatus> caches() throws RealizeException {
    ask("caches");
    CacheStatus.CachedFile file =
        new CacheStatus.CachedFile("a/b\u001b", 5 << 20, BlobUse.Area.PROTECTED, 17);
    return List.of(
        new CacheStatus(
            new ArenaName("photos"),
            3 << 20,
            new CacheReport(20L << 30, 1 << 20, 2 << 20, 3 << 20, 4 << 20, true),
            0.5,
            null,
            List.of(file),
            List.of()));
  }

  @Override
  public List<String> inspect() throws RealizeException {
    ask("inspect");
    return List.of("arena photos: file x belongs to no blob");
  }

  @Override
  public String dashboardLink() throws RealizeException {
    ask("link");
    return "http://127.0.0.1:9772/#key=k";
  }

  @Override
  public void stop() throws RealizeException {
    ask("stop");
  }

  @Override
  public void connect(PeerName peer) throws RealizeException {
    ask("connect " + peer);
  }

  @Override
  public Invite invite(List<String> addresses) throws RealizeException {
    ask("invite " + addresses);
    return new Invite(
        "04ZK8-NPQRS",
        Instant.parse("2026-01-02T03:04:05Z"),
        "SHA256:own",
        List.of("nas:9771"),
        List.of("10", "01"));
  }

  @Override
  public List<MemberStatus> members() throws RealizeException {
    ask("members");
    return List.of(
        new MemberStatus("nas", "SHA256:nas", true, null, List.of("phone")),
        new MemberStatus("phone", "SHA256:phone", false, "nas", List.of("nas")));
  }

  @Override
  public void revoke(PeerName peer) throws RealizeException {
    ask("revoke " + peer);
  }

  @Override
  public void removePeer(PeerName peer) throws RealizeException {
    ask("remove " + peer);
  }

  @Override
  public LimitReport limits() throws RealizeException {
    ask("limits");
    return new LimitReport(
        List.of(new LimitReport.PeerLimits(new PeerName("laptop"), "512K", "")),
        List.of(new LimitReport.ArenaLimits(new ArenaName("photos"), "20.0 GiB", "10%")));
  }

  @Override
  public void limitPeer(LimitReport.PeerLimits limits) throws RealizeException {
    ask("limit " + limits);
  }

  @Override
  public void limitArena(LimitReport.ArenaLimits limits) throws RealizeException {
    ask("limit " + limits);
  }

  @Override
  public void disconnect(PeerName peer) throws RealizeException {
    ask("disconnect " + peer);
  }

  @Override
  public List<String> reload() throws RealizeException {
    ask("reload");
    return List.of("[node] mount");
  }

  @Override
  public void confirm(ArenaName arena, RelativePath place) throws RealizeException {
    ask(place.isRoot() ? "confirm " + arena : "confirm " + arena + " " + place);
  }

  @Override
  public void adopt(ArenaName arena) throws RealizeException {
    ask("adopt " + arena);
  }

  @Override
  public void reject(ArenaName arena) throws RealizeException {
    ask("reject " + arena);
  }

  /** One file arrives and one fails. */
  @Override
  public void move(MoveOrder order, Events<MoveEvent> events)
      throws RealizeException, InterruptedException {
    ask("move " + order);
    ArenaName arena = order.arenas().getFirst();
    events.tell(new MoveEvent(MoveEvent.MoveEventKind.MOVED, arena, "a:b", 5, null, null));
    events.tell(
        new MoveEvent(MoveEvent.MoveEventKind.FAILED, arena, "c", 7, "desk: disk full", null));
    MoveTotals totals = new MoveTotals(2, 12, 1, 5, 1, 5, 5, 0, 0);
    events.tell(new MoveEvent(MoveEvent.MoveEventKind.DONE, null, null, 0, null, totals));
  }

  /** One file is done and one fails. */
  @Override
  public void cache(CacheOrder order, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    ask("cache " + order);
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.FETCHED, "photos/a:b", 5, null, null));
    events.tell(
        new CacheEvent(CacheEvent.CacheEventKind.FAILED, "photos/c", 7, "desk: away", null));
    CacheEvent.WorkTotals totals = new CacheEvent.WorkTotals(2, 12, 1, 5, 1);
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.DONE, null, 0, null, totals));
  }

  @Override
  public List<MarkStatus> marks(MarkOrder order) throws RealizeException {
    ask("marks " + order);
    return List.of(
        new MarkStatus(new ArenaName("photos"), RelativePath.of("a\u001b"), Mark.KEEP, false),
        new MarkStatus(new ArenaName("photos"), RelativePath.ROOT, Mark.OWN, true));
  }

  @Override
  public ConflictReport conflicts(ConflictOrder order) throws RealizeException {
    ask("conflicts " + order);
    Instant made = Instant.parse("2026-01-02T03:04:05Z");
    String hash = "1234abcd".repeat(8);
    return new ConflictReport(
        2,
        List.of(
            new ConflictReport.PathConflict(
                new ArenaName("photos"),
                RelativePath.of("a\u001b"),
                List.of(
                    new ConflictReport.CurrentVersion(
                        ConflictReport.VersionKind.FILE,
                        hash,
                        2_048,
                        "laptop",
                        made,
                        List.of("attic", "laptop"),
                        true,
                        true,
                        "laptop:7"),
                    new ConflictReport.CurrentVersion(
                        ConflictReport.VersionKind.DELETED,
                        null,
                        0,
                        "phone",
                        made,
                        List.of(),
                        false,
                        false,
                        "phone:8")))));
  }

  @Override
  public VersionReport versions(VersionQuery query) throws RealizeException {
    ask("versions " + query);
    ArenaName photos = new ArenaName("photos");
    Instant time = Instant.parse("2026-01-02T03:04:05Z");
    return new VersionReport(
        2,
        3_072,
        List.of(
            new VersionReport.PathVersion(
                photos,
                RelativePath.of("a"),
                VersionReport.VersionPlace.SHOWN,
                null,
                "1234abcd".repeat(8),
                1_024,
                time,
                null,
                List.of("attic", "laptop")),
            new VersionReport.PathVersion(
                photos,
                RelativePath.of("a\u001b"),
                VersionReport.VersionPlace.TRASH,
                5_000L,
                null,
                2_048,
                time,
                ".realize/trash/5000/a",
                List.of())));
  }

  @Override
  public void useVersion(VersionChoice choice, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    ask("use " + choice);
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.CHOSEN, "photos/a", 5, null, null));
    CacheEvent.WorkTotals totals = new CacheEvent.WorkTotals(1, 5, 1, 5, 0);
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.DONE, null, 0, null, totals));
  }

  /** One file is restored and one stays. */
  @Override
  public void trash(TrashOrder order, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    ask("trash " + order);
    if (order.action() == TrashOrder.TrashAction.PURGE_HOUSEHOLD) {
      events.tell(new CacheEvent(CacheEventKind.PURGED_AT, "photos", 5, "laptop: 2 files", null));
      events.tell(
          new CacheEvent(
              CacheEventKind.NOT_PURGED_AT, "photos", 0, "phone is not connected", null));
    }
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.RESTORED, "photos/a", 5, null, null));
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.STAYS, "photos/c", 7, "open", null));
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.SAME, "photos/d", 8, null, null));
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.SAME, "photos/e", 9, null, null));
    CacheEvent.WorkTotals totals = new CacheEvent.WorkTotals(2, 12, 2, 12, 0);
    events.tell(new CacheEvent(CacheEvent.CacheEventKind.DONE, null, 0, null, totals));
  }

  @Override
  public CopyReport copies(CopyQuery query) throws RealizeException {
    ask("copies " + query);
    return new CopyReport(
        2,
        3_072,
        onlyHere.getAndUpdate(left -> Math.max(0, left - 1)),
        1_024,
        List.of(
            new CopyReport.FileCopies(
                new ArenaName("photos"),
                RelativePath.of("a\u001b"),
                1_024,
                List.of("attic", "laptop")),
            new CopyReport.FileCopies(
                new ArenaName("photos"), RelativePath.of("b"), 2_048, List.of())));
  }

  @Override
  public void pause(PauseOrder order) throws RealizeException {
    ask("pause " + order);
  }

  @Override
  public List<JobStatus> jobs(JobOrder order) throws RealizeException {
    ask("jobs " + order);
    return List.of(
        new JobStatus(
            new ArenaName("photos"),
            RelativePath.of("a\u001b"),
            "realize",
            1_024,
            OpenWork.WorkState.FAILED,
            "disk error"));
  }

  /** One file, and a failure; then it is interrupted. */
  @Override
  public void watchJobs(List<ArenaPath> paths, Events<JobEvent> events)
      throws RealizeException, InterruptedException {
    ask("watch jobs " + paths);
    String large = "photos/a\u001b";
    events.tell(new JobEvent(JobEventKind.LEFT, null, null, 5_120, 0, null, 2));
    events.tell(new JobEvent(JobEventKind.BEGUN, large, "realize", 4_096, 0, null, 0));
    events.tell(new JobEvent(JobEventKind.PROGRESS, large, "realize", 4_096, 1_024, null, 0));
    events.tell(new JobEvent(JobEventKind.DONE, large, "realize", 4_096, 4_096, null, 0));
    events.tell(new JobEvent(JobEventKind.FAILED, "photos/b", null, 0, 0, "disk error", 0));
    events.tell(new JobEvent(JobEventKind.LEFT_OUT, null, null, 0, 0, null, 7));
  }

  /** One look that waits, then one problem. */
  @Override
  public void sync(List<ArenaName> arenas, Events<SyncEvent> events)
      throws RealizeException, InterruptedException {
    ask("sync " + arenas);
    ArenaName photos = new ArenaName("photos");
    events.tell(
        new SyncEvent(
            false, List.of(new SyncEvent.ArenaProgress(photos, false, "3 files", List.of()))));
    List<String> problems = arenas.isEmpty() ? List.of() : List.of("'a\u001b': disk error");
    events.tell(
        new SyncEvent(true, List.of(new SyncEvent.ArenaProgress(photos, true, "", problems))));
  }

  @Override
  public List<ProgramFetch> fetches() throws RealizeException {
    ask("fetches");
    Instant at = Instant.ofEpochSecond(1_700_000_000);
    return List.of(new ProgramFetch("ffmpeg", "photos/a\u001b", 3 << 20, 24, at, at));
  }

  /** A picture of four bytes, which is not. */
  @Override
  public VersionPreview preview(PreviewQuery query) throws RealizeException {
    ask("preview " + query);
    String picture = query.withPicture() ? "iVBORw==" : null;
    return new VersionPreview(VersionPreview.PreviewKind.PICTURE, null, "image/png", picture);
  }

  @Override
  public FilePage files(FileQuery query) throws RealizeException {
    ask("files " + query);
    FilePage.FileEntry file =
        new FilePage.FileEntry(
            "a\u001b",
            ConflictReport.VersionKind.FILE,
            1_024,
            Instant.ofEpochSecond(1_700_000_000),
            FilePage.FileState.PARTLY,
            512,
            true,
            List.of("laptop"),
            Mark.KEEP,
            true);
    return new FilePage(List.of(file), "a\u001b");
  }

  /** A conflict that began and ended; there is no later one to wait for. */
  @Override
  public EventPage events(EventQuery query) throws RealizeException, InterruptedException {
    ask("events " + query);
    NodeEvent.Occurrence conflict =
        new NodeEvent.Occurrence(
            NodeEvent.EventKind.CONFLICT,
            NodeEvent.EventState.BEGUN,
            "photos",
            null,
            "a\u001b",
            "arena photos: conflict at 'a\u001b'");
    Instant at = Instant.ofEpochSecond(1_700_000_000);
    List<NodeEvent> events = List.of(conflict.at(6, at), conflict.ended().at(7, at));
    Long since = query.since();
    if (query.waitSeconds() > 0 && since != null && since == 7) {
      throw new RealizeException.Unreachable("the daemon has ended");
    }
    return new EventPage(
        events.stream().filter(event -> since == null || event.id() > since).toList(), 7);
  }

  @Override
  public List<PinStatus> pins() throws RealizeException {
    ask("pins");
    return List.of(
        new PinStatus(
            new ArenaName("photos"), "a/b\u001b", "laptop", Instant.ofEpochSecond(1_700_000_000)));
  }

  @Override
  public void releasePins(ArenaName arena, RelativePath path) throws RealizeException {
    ask("release " + arena + " " + path);
  }

  @Override
  public void forget(ArenaName arena, RelativePath path) throws RealizeException {
    ask("forget " + arena + " " + path);
  }
}
