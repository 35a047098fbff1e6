package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.control.ArenaPhase;
import org.realize.nima.control.ArenaPhase.PhaseKind;
import org.realize.nima.control.ControlServer;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.RecordingHousehold;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.RealizeException;

/** Commands against a control server whose process is a child that does nothing. */
class DaemonCommandsTest {

  @TempDir private Path home;
  private Shell shell;
  private Process process;
  private RecordingHousehold household;
  private ControlServer server;

  @BeforeEach
  void start() throws Exception {
    shell = new Shell(home, Map.of("REALIZE_HOME", home.resolve("n").toString()));
    shell.run("init", "--name", "attic", "--listen", "off");
    shell.run("arena", "add", "photos/trips");
    process = new ProcessBuilder("sleep", "600").start();
    household = new RecordingHousehold(process.pid());
    Configuration configuration = ConfigurationFile.in(home.resolve("n")).read();
    server = ControlServer.start(configuration.node().control(), household);
  }

  @AfterEach
  void end() {
    server.close();
    process.destroyForcibly();
  }

  @Test
  void status_running_showsPeersArenasAndFindings() {
    Shell.Result result = shell.run("status");

    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .startsWith(
            "attic  version 0.1.0, process " + process.pid() + ", since 2026-01-02 03:04:05Z\n")
        .contains("key      SHA256:own\n")
        .contains("laptop  connected     2026-01-02 03:04:05Z  [::1]:9771\n")
        .contains("phone   away, paused  -                     -\n", "phone: refused\n")
        .contains("ARENA         MARK  FILES   SIZE     HERE  SIZE     CACHED\n")
        .contains("photos/trips  keep  12,345  3.0 GiB  10    2.0 KiB  1.0 MiB\n")
        .contains(
            "; catching up with laptop, 1,234\n    changes left; syncing about 3 files, 5.0 MiB,")
        .contains("  root /srv/trips\n  fetched 5.0 MiB, reused 3.0 MiB\n")
        .contains("  2 files, 1.0 KiB only here; see 'realize copies --at-risk'\n  trash 7.0 MiB\n")
        .contains("  conflicts: 3; see 'realize conflict list'\n")
        .contains("  skipped: 1\n    bad\\xff: not UTF-8, since 2026")
        .contains("  failed: 1\n    a/b: attic: timed out, since 2026")
        .contains(
            """
              held: 2
                laptop removes most files, since 1970-01-01 00:00:00Z:
                  a/x
                  a/y
            """)
        .doesNotContain("paused: ");
    assertThat(result.out().lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
  }

  @Test
  void invite_running_printsTheCommandForTheOtherMachine() {
    Shell.Result result = shell.run("peer", "invite", "--address", "nas.example");

    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .isEqualTo(
            """
            On the other machine, by 2026-01-02 03:04:05Z:

                realize join 04ZK8-NPQRS
            """);
    assertThat(household.asked).contains("invite [nas.example:9771]");
    assertThat(shell.run("peer", "invite", "--json").out()).contains("\"code\" : \"04ZK8-NPQRS\"");
    assertThat(shell.onTerminal().run("peer", "invite").out())
        .contains(
            "join 04ZK8-NPQRS\n\n" + String.join("\n", QrCode.lines(List.of("10", "01"))) + "\n");
  }

  @Test
  void members_running_areListedWithRevocations() {
    assertThat(shell.run("peer", "members").out())
        .isEqualTo(
            """
            NAME   MEMBER  INVITED BY  REVOKED BY  KEY
            nas    yes     -           phone       SHA256:nas
            phone  no      nas         nas         SHA256:phone
            """);
    assertThat(shell.run("peer", "revoke", "phone").exitCode()).isZero();
    assertThat(household.asked).contains("revoke phone");
  }

  @Test
  void phase_inWords() {
    assertThat(new ArenaPhase(PhaseKind.SCANNING, null, 12_300, 70_200).words())
        .isEqualTo("scanning 12,300 of 70,200 files");
    assertThat(new ArenaPhase(PhaseKind.SCANNING, null, 12_300, -1).words())
        .isEqualTo("scanning, 12,300 files so far");
    assertThat(new ArenaPhase(PhaseKind.HASHING, null, 0, 1).words())
        .isEqualTo("hashing a large file");
    assertThat(ArenaPhase.of(PhaseKind.IN_SYNC).words()).isEqualTo("in sync");
  }

  @Test
  void span_isAsExactAsItIsLong() {
    assertThat(StatusReport.span(0)).isEqualTo("0 s");
    assertThat(StatusReport.span(119)).isEqualTo("119 s");
    assertThat(StatusReport.span(150)).isEqualTo("3 min");
    assertThat(StatusReport.span(7_140)).isEqualTo("119 min");
    assertThat(StatusReport.span(7_180)).isEqualTo("2 h 0 min");
    assertThat(StatusReport.span(90_000)).isEqualTo("25 h 0 min");
  }

  @Test
  void status_json_isWhole() {
    Shell.Result result = shell.run("status", "--json");

    assertThat(result.out())
        .startsWith("{")
        .contains("\"node\" : \"attic\"", "\"started\" : \"2026-01-02T03:04:05Z\"")
        .contains("\"cachedBytes\" : 1048576", "\"connected\" : true", "\"kind\" : \"skipped\"")
        .contains("\"mark\" : \"keep\"")
        .contains("\"fetchedBytes\" : 5242880", "\"patchedBytes\" : 1048576")
        .containsOnlyOnce("\"limits\"")
        .containsPattern("\"limits\" : \\{\\s+\"up\" : \"512K\",\\s+\"down\" : \"0\"");
  }

  @Test
  void peerList_running_showsTheLimitsInForce() throws Exception {
    for (String peer : new String[] {"laptop", "phone"}) {
      String pem = NodeKey.generate(new SecureRandom()).publicKey().pem();
      shell.input(pem).run("peer", "add", peer, "--pubkey", "-");
    }

    assertThat(shell.run("peer", "list").out())
        .containsPattern(
            "laptop +connected +no +10.0.0.7:9771 \\(heard\\) +SHA256:\\S+ +up 512K/s, down free\n")
        .containsPattern("phone +away +no +- +SHA256:\\S+ +-\n");
    assertThat(shell.run("peer", "list", "--json").out())
        .containsOnlyOnce("\"limits\"")
        .contains("\"member\" : false")
        .contains("\"up\" : \"512K\"");
  }

  @Test
  void cacheShow_running_showsAreasHitsAndFiles() {
    Shell.Result result = shell.run("cache", "show");

    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .containsPattern(
            "photos +10.0 MiB +20.0 GiB +1.0 MiB +2.0 MiB +3.0 MiB +4.0 MiB +50.0% +-\n")
        .contains("photos is full: all that it holds must stay")
        .contains("photos, used most:\n  a/b\\x1b  5.0 MiB, protected, 17 uses")
        .doesNotContain("goes next");
    assertThat(shell.run("cache", "show", "--json").out())
        .contains("\"hitsOfHour\" : 0.5", "\"isFull\" : true", "\"area\" : \"protected\"")
        .doesNotContain("hitsOfDay");
  }

  @Test
  void fetch_running_tellsEachFileAndFailsIfOneDoes() {
    Shell.Result result = shell.run("fetch", "photos/trips/a", "photos/trips/b c");

    assertThat(result.err()).isEqualTo("failed photos/c (7 B): desk: away\n");
    assertThat(result.out())
        .isEqualTo("fetched photos/a:b (5 B)\nfetched 1 files, 5 B; failed 1 files, 7 B\n");
    assertThat(result.exitCode()).isEqualTo(ExitCode.ERROR.code());
    assertThat(household.asked)
        .containsExactly("cache CacheOrder[task=FETCH, paths=[photos/trips/a, photos/trips/b c]]");
    assertThat(shell.run("evict", "photos/trips/a", "--json").out())
        .contains("{\"kind\":\"fetched\",\"path\":\"photos/a:b\",\"bytes\":5}");
  }

  @Test
  void verify_withoutPath_isOfEverythingAndOthersNeedOne() {
    assertThat(shell.run("fetch").exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(shell.run("evict").exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(household.asked).isEmpty();

    assertThat(shell.run("verify").exitCode()).isEqualTo(ExitCode.ERROR.code());
    assertThat(household.asked).containsExactly("cache CacheOrder[task=VERIFY, paths=[]]");
  }

  @Test
  void actions_running_reachTheHousehold() {
    assertThat(shell.run("peer", "connect", "laptop").exitCode()).isZero();
    assertThat(shell.run("peer", "disconnect", "laptop").exitCode()).isZero();
    Shell.Result reload = shell.run("reload");
    assertThat(reload.exitCode()).isZero();
    assertThat(reload.err()).isEqualTo("from the daemon's next start: [node] mount\n");
    assertThat(shell.run("arena", "confirm", "photos/trips").exitCode()).isZero();
    assertThat(shell.run("arena", "confirm", "photos/trips", "usb").exitCode()).isZero();
    assertThat(shell.run("arena", "adopt", "photos/trips").exitCode()).isEqualTo(1);
    assertThat(shell.run("arena", "adopt", "photos/trips", "--yes").exitCode()).isZero();
    assertThat(shell.run("arena", "reject", "photos/trips").exitCode()).isZero();
    assertThat(shell.run("arena", "forget", "photos/trips/a/b").exitCode()).isZero();
    assertThat(shell.run("pin", "release", "photos/trips/a/b").exitCode()).isZero();

    assertThat(household.asked)
        .containsExactly(
            "connect laptop",
            "disconnect laptop",
            "reload",
            "confirm photos/trips",
            "confirm photos/trips usb",
            "adopt photos/trips",
            "reject photos/trips",
            "forget photos/trips a/b",
            "release photos/trips a/b");
  }

  @Test
  void marks_running_areSetShownAndCleared() {
    Shell.Result set = shell.run("mark", "set", "keep", "photos/trips/a", "photos/trips/b c/");
    Shell.Result get = shell.run("mark", "get");
    Shell.Result json = shell.run("mark", "get", "photos/trips", "--json");
    Shell.Result clear = shell.run("mark", "clear", "photos/trips/a");

    assertThat(List.of(set, get, json, clear))
        .allMatch(result -> result.exitCode() == 0 && result.err().isEmpty());
    assertThat(set.out()).isEmpty();
    assertThat(get.out())
        .isEqualTo(
            """
            MARK             PATH
            keep             photos/a\\x1b
            own (inherited)  photos
            """);
    assertThat(json.out()).contains("\"mark\" : \"own\"", "\"inherited\" : true");
    assertThat(household.asked)
        .containsExactly(
            "marks MarkOrder[action=SET, mark=keep, paths=[photos/trips/a, photos/trips/b c]]",
            "marks MarkOrder[action=GET, mark=null, paths=[]]",
            "marks MarkOrder[action=GET, mark=null, paths=[photos/trips]]",
            "marks MarkOrder[action=CLEAR, mark=null, paths=[photos/trips/a]]");
  }

  @Test
  void conflictList_someConflicts_showsEachVersionAndExits3() {
    Shell.Result list = shell.run("conflict", "list");
    Shell.Result show = shell.run("conflict", "show", "photos/trips/*.jpg");
    Shell.Result json = shell.run("conflict", "list", "photos/trips", "--json");

    assertThat(List.of(list, show, json))
        .allMatch(result -> result.exitCode() == 3 && result.err().isEmpty());
    assertThat(list.out())
        .isEqualTo(
            """
            photos/a\\x1b
                     VERSION   SIZE     BY      MADE                  HELD BY
              shown  1234abcd  2.0 KiB  laptop  2026-01-02 03:04:05Z  attic, laptop
                     deleted   -        phone   2026-01-02 03:04:05Z  -
            and 1 more
            """);
    assertThat(show.out()).contains("1234abcd".repeat(8), "VECTOR", "laptop:7");
    assertThat(json.out())
        .contains("\"made\" : \"2026-01-02T03:04:05Z\"", "\"kind\" : \"deleted\"");
    assertThat(household.asked)
        .containsExactly(
            "conflicts ConflictOrder[paths=[], use=null]",
            "conflicts ConflictOrder[paths=[photos/trips/*.jpg], use=null]",
            "conflicts ConflictOrder[paths=[photos/trips], use=null]");
  }

  @Test
  void conflictResolve_choice_reachesTheHousehold() {
    Shell.Result result =
        shell.run("conflict", "resolve", "photos/trips/a", "photos/trips/b", "--use", "laptop");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("resolved 2\n");
    assertThat(household.asked)
        .containsExactly(
            "conflicts ConflictOrder[paths=[photos/trips/a, photos/trips/b], use=laptop]");
    assertThat(shell.run("conflict", "resolve", "photos/trips/a").err()).contains("--use");
  }

  @Test
  void trashList_someFiles_areListedWithTheirSum() {
    Shell.Result trash = shell.run("trash", "list");
    Shell.Result versions = shell.run("version", "list", "photos/trips/a", "--json");

    assertThat(trash.exitCode()).isZero();
    assertThat(trash.out())
        .isEqualTo(
            """
            WHERE  ID        SIZE     SINCE                 HELD BY        PATH
            shown  1234abcd  1.0 KiB  2026-01-02 03:04:05Z  attic, laptop  photos/a
            trash  5000      2.0 KiB  2026-01-02 03:04:05Z  -              photos/a\\x1b
            2 versions, 3.0 KiB
            """);
    assertThat(versions.out()).contains("\"id\" : 5000", "\"place\" : \"trash\"");
    assertThat(household.asked)
        .containsExactly(
            "versions VersionQuery[paths=[], withCurrent=false]",
            "versions VersionQuery[paths=[photos/trips/a], withCurrent=true]");
    assertThat(shell.run("version", "list").exitCode()).isEqualTo(ExitCode.USAGE.code());
  }

  @Test
  void versionRestoreAndTrashPurge_running_tellEachFile() {
    Shell.Result restore =
        shell.run("version", "restore", "photos/trips/a", "--id", "5", "--to", "photos/trips/b");
    Shell.Result use = shell.run("version", "use", "photos/trips/a", "1234abcd");
    Shell.Result purge = shell.run("trash", "purge", "photos/trips");

    assertThat(restore.exitCode()).isZero();
    assertThat(restore.out())
        .isEqualTo(
            "restored photos/a (5 B)\n"
                + "restored 1 files, 5 B; stays 1 files, 7 B; there already, with the same bytes: 2"
                + " files, 17 B\n");
    assertThat(restore.err()).isEqualTo("stays photos/c (7 B): open\n");
    assertThat(use.out()).isEqualTo("chosen photos/a (5 B)\n");
    assertThat(use.exitCode()).isZero();
    assertThat(shell.run("version", "use", "photos/trips", "1234abcd").err())
        .isEqualTo("use a version of 'photos/trips': name a path in the arena\n");
    assertThat(purge.exitCode()).isZero();
    assertThat(household.asked)
        .containsExactly(
            "trash TrashOrder[action=RESTORE, paths=[photos/trips/a], id=5,"
                + " target=photos/trips/b]",
            "use VersionChoice[path=photos/trips/a, version=1234abcd]",
            "trash TrashOrder[action=PURGE, paths=[photos/trips], id=null, target=null]");
    assertThat(shell.run("trash", "purge").exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(shell.run("trash", "purge", "photos/trips", "--household", "--id", "5").err())
        .startsWith("--household and --id: an id is of this node's trash only");
  }

  @Test
  void trashPurge_ofTheHousehold_tellsEachPeer_andExits3IfOneIsAway() {
    Shell.Result purge = shell.run("trash", "purge", "photos/trips", "--household");

    assertThat(purge.exitCode()).isEqualTo(3);
    assertThat(purge.out()).contains("purged at photos (5 B): laptop: 2 files\n");
    assertThat(purge.err()).contains("not purged at photos (0 B): phone is not connected\n");
    assertThat(household.asked)
        .containsExactly(
            "trash TrashOrder[action=PURGE_HOUSEHOLD, paths=[photos/trips], id=null,"
                + " target=null]");
  }

  @Test
  void copies_someFiles_tellWhoHoldsThem_andAtRiskExits3() {
    Shell.Result all = shell.run("copies", "photos/trips/a");
    Shell.Result atRisk = shell.run("copies", "--at-risk", "--json");

    assertThat(all.exitCode()).isZero();
    assertThat(all.out())
        .isEqualTo(
            """
            COPIES  SIZE     HELD BY        PATH
            2       1.0 KiB  attic, laptop  photos/a\\x1b
            0       2.0 KiB  -              photos/b
            2 files, 3.0 KiB
            """);
    assertThat(atRisk.exitCode()).isEqualTo(3);
    assertThat(atRisk.out()).contains("\"holders\" : [ \"attic\", \"laptop\" ]");
    assertThat(household.asked)
        .containsExactly(
            "copies CopyQuery[paths=[photos/trips/a], atRisk=false]",
            "copies CopyQuery[paths=[], atRisk=true]");
  }

  @Test
  void pauseResumeAndJobs_running_reachTheHousehold() {
    assertThat(shell.run("pause", "photos/trips", "--for", "2h").exitCode()).isZero();
    assertThat(shell.run("pause").exitCode()).isZero();
    assertThat(shell.run("pause", "laptop", "--peer").exitCode()).isZero();
    assertThat(shell.run("pause", "photos/trips", "--release").exitCode()).isZero();
    assertThat(shell.run("pause", "--release").exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(shell.run("pause", "x", "--release", "--for", "2h").err())
        .startsWith("--release is for arenas that are named, and until they are resumed");
    assertThat(shell.run("resume").exitCode()).isZero();
    assertThat(shell.run("job", "list", "photos/trips/d").out())
        .isEqualTo(
            """
            STATE   WORK     SIZE     PATH          CAUSE
            failed  realize  1.0 KiB  photos/a\\x1b  disk error
            """);
    assertThat(shell.run("job", "retry", "--json").out()).contains("\"state\" : \"failed\"");
    assertThat(shell.run("job", "cancel", "photos/trips/d").out()).contains("photos/a\\x1b");
    assertThat(shell.run("job", "cancel").exitCode()).isEqualTo(ExitCode.USAGE.code());

    assertThat(household.asked)
        .containsExactly(
            "pause PauseOrder[names=[photos/trips], ofPeers=false, paused=true, release=false,"
                + " seconds=7200]",
            "pause PauseOrder[names=[], ofPeers=false, paused=true, release=false, seconds=0]",
            "pause PauseOrder[names=[laptop], ofPeers=true, paused=true, release=false, seconds=0]",
            "pause PauseOrder[names=[photos/trips], ofPeers=false, paused=true, release=true,"
                + " seconds=0]",
            "pause PauseOrder[names=[], ofPeers=false, paused=false, release=false, seconds=0]",
            "jobs JobOrder[action=LIST, paths=[photos/trips/d]]",
            "jobs JobOrder[action=RETRY, paths=[]]",
            "jobs JobOrder[action=CANCEL, paths=[photos/trips/d]]");
    assertThat(shell.run("status").out())
        .contains("photos/trips: paused until 2026-01-02 03:05:05Z; ");
  }

  @Test
  void jobWatch_untilItIsInterrupted_tellsWhatHappens() {
    Shell.Result text = shell.run("job", "watch", "photos/trips/d");
    Shell.Result json = shell.run("job", "watch", "--json");

    assertThat(text.out())
        .isEqualTo(
            """
            2 left to do, 5.0 KiB
            begun realize photos/a\\x1b (4.0 KiB)
            progress realize photos/a\\x1b (1.0 KiB of 4.0 KiB)
            done realize photos/a\\x1b (4.0 KiB)
            and 7 more
            """);
    assertThat(text.err()).isEqualTo("failed photos/b: disk error\n");
    assertThat(text.exitCode()).isEqualTo(ExitCode.INTERRUPTED.code());
    assertThat(json.out())
        .hasLineCount(6)
        .contains("\"kind\":\"progress\"", "\"doneBytes\":1024", "\"kind\":\"left_out\"");
    assertThat(household.asked).containsExactly("watch jobs [photos/trips/d]", "watch jobs []");
  }

  @Test
  void sync_waits_andListsWhatIsNotInSync() {
    Shell.Result all = shell.run("sync", "--wait");
    Shell.Result one = shell.run("sync", "--wait", "photos/trips");
    Shell.Result json = shell.run("sync", "--wait", "--json");

    assertThat(all.exitCode()).isZero();
    assertThat(all.out()).isEmpty();
    assertThat(one.exitCode()).isEqualTo(3);
    assertThat(one.out()).isEqualTo("photos: 'a\\x1b': disk error\n");
    assertThat(json.out()).hasLineCount(2).contains("\"waitsFor\":\"3 files\"", "\"done\":true");
    assertThat(household.asked).containsExactly("sync []", "sync [photos/trips]", "sync []");
    assertThat(shell.run("sync").err())
        .isEqualTo("sync: the daemon syncs by itself; add --wait to wait until it has\n");
  }

  @Test
  void markSet_wrongWords_sayWhichAndAskNothing() {
    Shell.Result mark = shell.run("mark", "set", "kept", "photos/trips/a");
    Shell.Result path = shell.run("mark", "set", "keep", "photos/trips/a", "music/x");
    Shell.Result word = shell.run("mark", "sett", "keep", "photos/trips/a");
    Shell.Result group = shell.run("makr", "get");

    assertThat(mark.err()).contains("mark 'kept': use watch, keep or own");
    assertThat(mark.exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(path.err())
        .isEqualTo(
            "set mark of 'music/x': no arena is there, and it is neither in the mount nor in a"
                + " root\n");
    assertThat(path.exitCode()).isEqualTo(ExitCode.ERROR.code());
    assertThat(word.err()).contains("did you mean 'set'?");
    assertThat(group.err()).contains("did you mean 'mark'?");
    assertThat(household.asked).isEmpty();
  }

  @Test
  void pinList_somePins_areListed() {
    Shell.Result text = shell.run("pin", "list");
    Shell.Result json = shell.run("pin", "list", "--json");

    assertThat(text.exitCode()).isZero();
    assertThat(text.out())
        .isEqualTo(
            """
            FOR     SINCE                 FILE
            laptop  2023-11-14T22:13:20Z  photos/a/b\\x1b
            """);
    assertThat(json.out()).contains("\"dropper\"").contains("\"laptop\"");
  }

  @Test
  void events_someHappened_areListedInOrder() {
    Shell.Result text = shell.run("events");
    Shell.Result json = shell.run("events", "--since", "6", "--json");

    assertThat(text.exitCode()).isZero();
    assertThat(text.out())
        .isEqualTo(
            """
            6  2023-11-14 22:13:20Z  arena photos: conflict at 'a\\x1b'
            7  2023-11-14 22:13:20Z  ended: arena photos: conflict at 'a\\x1b'
            """);
    assertThat(json.out().lines())
        .singleElement()
        .asString()
        .startsWith("{\"id\":7,")
        .contains("\"kind\":\"conflict\",\"state\":\"ended\",\"arena\":\"photos\"");
    assertThat(household.asked)
        .contains("events " + new EventQuery(null, 0), "events " + new EventQuery(6L, 0));
  }

  @Test
  void events_followed_waitForThoseAfterTheLast() {
    Shell.Result result = shell.run("events", "--follow");

    assertThat(result.out().lines()).hasSize(2);
    assertThat(result.err()).contains("the daemon has ended");
    assertThat(household.asked)
        .contains(
            "events " + new EventQuery(null, EventQuery.MAX_WAIT_SECONDS),
            "events " + new EventQuery(7L, EventQuery.MAX_WAIT_SECONDS));
    assertThat(shell.run("events", "--follow", "--programs").exitCode())
        .isEqualTo(ExitCode.USAGE.code());
  }

  @Test
  void eventsOfPrograms_someFetches_areListed() {
    Shell.Result text = shell.run("events", "--programs");
    Shell.Result json = shell.run("events", "--programs", "--json");

    assertThat(text.exitCode()).isZero();
    assertThat(text.out())
        .isEqualTo(
            """
            PROGRAM  FETCHED  LAST                  FILE
            ffmpeg   3.0 MiB  2023-11-14T22:13:20Z  photos/a\\x1b
            """);
    assertThat(json.out()).contains("\"program\"").contains("\"ffmpeg\"");
  }

  @Test
  void action_failing_printsItsLineAndExitCode() {
    household.failWith(new RealizeException.Unreachable("connect to laptop: refused"));
    Shell.Result unreachable = shell.run("peer", "connect", "laptop");
    household.failWith(new RealizeException.TimedOut("connect to laptop: too late"));
    Shell.Result late = shell.run("peer", "connect", "laptop");

    assertThat(unreachable.err()).isEqualTo("connect to laptop: refused\n");
    assertThat(unreachable.exitCode()).isEqualTo(1);
    assertThat(late.exitCode()).isEqualTo(11);
  }

  @Test
  void peerList_running_showsTheState() {
    assertThat(shell.run("peer", "list").exitCode()).isZero();
    assertThat(shell.run("arena", "list").out()).contains("photos/trips  watch  12,345  3.0 GiB");
    assertThat(shell.run("doctor").out()).contains("daemon: running");
  }

  @Test
  void doctor_placesInDoubt_areWrong_withTheCommandThatEndsIt() {
    assertThat(shell.run("doctor").out())
        .contains("arena photos/trips: its root is the one that was indexed");
    household.doubt("", "another store owns it; 'realize arena adopt photos/trips --yes'");
    household.doubt("usb", "its file system is not mounted");
    Shell.Result result = shell.run("doctor");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains(
            "arena photos/trips: root: another store owns it;"
                + " 'realize arena adopt photos/trips --yes'",
            "arena photos/trips: 'usb': its file system is not mounted")
        .doesNotContain("the one that was indexed");
  }

  @Test
  void doctor_clockOfAPeerThatIsWrong_isToldWithWhatMendsIt() {
    assertThat(shell.run("doctor").out())
        .contains("ok    peer laptop: connected, its clock agrees");
    household.clockAhead.set(-90_000);
    assertThat(shell.run("doctor").out())
        .contains("warn  peer laptop: its clock is 90 s behind ours; to mend it: timedatectl");
  }

  @Test
  void doctor_peerThatIsAway_saysWhyAndHowToCallIt() {
    assertThat(shell.run("doctor").out())
        .contains(
            "warn  peer phone: not connected: refused; to mend it: realize peer connect phone");
  }

  @Test
  void stop_endingDaemon_waitsForItsProcess() {
    process.destroy();

    assertThat(shell.run("stop").exitCode()).isZero();
    assertThat(household.asked).containsExactly("status", "stop");
  }

  @Test
  void stop_waiting_handsOverFirst() {
    household.onlyHere.set(1);
    process.destroy();

    Shell.Result result = shell.run("stop", "--wait", "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("\"stopped\":true", "\"onlyHereFiles\":0");
    assertThat(household.asked)
        .containsExactly(
            "sync []",
            "copies CopyQuery[paths=[], atRisk=true]",
            "status",
            "copies CopyQuery[paths=[], atRisk=true]",
            "status",
            "stop");
  }

  @Test
  void stop_waitingAlone_leavesTheDaemonRunning() {
    household.onlyHere.set(5);
    household.disconnectAll();

    Shell.Result result = shell.run("stop", "--wait");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.out())
        .startsWith("5 files, 1.0 KiB, are only here and no connected peer takes them")
        .contains("the daemon goes on");
    assertThat(household.asked).doesNotContain("stop");
  }

  @Test
  void stop_stuckDaemon_isLate() {
    Shell.Result result = shell.run("stop", "--timeout", "0");

    assertThat(result.exitCode()).isEqualTo(11);
    assertThat(result.err()).contains("has not ended within 0 s");
  }

  /** A shell whose systemd-notify writes down its words and its socket, and ends so. */
  private Shell ofAUnit(int exitCode) throws Exception {
    Path programs = Files.createDirectories(home.resolve("bin"));
    Path notify = programs.resolve("systemd-notify");
    Files.writeString(
        notify,
        "#!/bin/sh\necho \"$@\" $NOTIFY_SOCKET >%s\nexit %d\n"
            .formatted(home.resolve("notice"), exitCode));
    Files.setPosixFilePermissions(notify, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new Shell(
        home,
        Map.of(
            "REALIZE_HOME",
            home.resolve("n").toString(),
            "PATH",
            programs.toString(),
            "NOTIFY_SOCKET",
            "@socket"));
  }

  @Test
  void daemon_ofAUnit_givesNoticeOnceItIsReady() throws Exception {
    Path notice = home.resolve("notice");
    DaemonRunner runner =
        (configuration, stop, ready) -> {
          assertThat(notice).doesNotExist();
          ready.run();
          assertThat(notice).hasContent("--ready @socket\n");
        };

    Shell.Result result = ofAUnit(0).run(runner, ProcessEnd.ofThisProcess(), "daemon");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).isEmpty();
  }

  @Test
  void daemon_ofAUnitThatHearsNothing_saysSoAndGoesOn() throws Exception {
    Shell.Result result =
        ofAUnit(1)
            .run((configuration, stop, ready) -> ready.run(), ProcessEnd.ofThisProcess(), "daemon");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("systemd-notify failed");
  }

  @Test
  void daemon_signalled_printsReadyAndEndsInOrder() {
    AtomicReference<Runnable> signal = new AtomicReference<>();
    AtomicInteger ended = new AtomicInteger(-1);
    AtomicReference<Configuration> seen = new AtomicReference<>();
    ProcessEnd processEnd =
        stop -> {
          signal.set(stop);
          return new ProcessEnd.Watch() {
            @Override
            public void ended(int exitCode) {
              ended.set(exitCode);
            }

            @Override
            public void close() {}
          };
        };

    Shell.Result result =
        shell.run(
            (configuration, stop, ready) -> {
              seen.set(configuration);
              ready.run();
              assertThat(stop.requested()).isFalse();
              signal.get().run();
              stop.await();
            },
            processEnd,
            "daemon");

    assertThat(result.out()).isEqualTo("ready\n");
    assertThat(result.exitCode()).isZero();
    assertThat(ended).hasValue(0);
    assertThat(seen.get().node().name().value()).isEqualTo("attic");
  }

  @Test
  void daemon_failing_printsWhy() {
    Shell.Result result =
        shell.run(
            (configuration, stop, ready) -> {
              throw new RealizeException.Denied("open store: written by a newer version");
            },
            ProcessEnd.ofThisProcess(),
            "daemon");

    assertThat(result.err()).isEqualTo("open store: written by a newer version\n");
    assertThat(result.exitCode()).isEqualTo(1);
  }

  @Test
  void daemon_interrupted_isThat() {
    Shell.Result result =
        shell.run(
            (configuration, stop, ready) -> {
              throw new InterruptedException();
            },
            ProcessEnd.ofThisProcess(),
            "daemon");

    assertThat(result.exitCode()).isEqualTo(20);
  }
}
