package org.realize.chaos.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.Rate;
import org.realize.nima.config.Rates;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.FilePage;
import org.realize.nima.control.FileQuery;
import org.realize.nima.control.LimitReport.ArenaLimits;
import org.realize.nima.control.MarkOrder;
import org.realize.nima.control.MarkOrder.MarkAction;
import org.realize.nima.control.VersionQuery;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;

/**
 * The page of a daemon in a browser: every button of it is pressed, and what it does is seen at two
 * daemons; axe finds nothing to complain of at two sizes and in two colour schemes. Its pictures
 * are in target/page.
 */
@Timeout(300)
class PageIT {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final List<String> VIEWS =
      List.of("overview", "files", "needs", "peers", "activity", "trash");
  private static final PeerName DESK = new PeerName("desk");
  private static final ArenaName USB = new ArenaName("usb");
  private static final String AXE = "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js";

  /** Rules that look at the page alone, which then cannot change while they are tried. */
  private static final String ALL_RULES = "{ preload: false, resultTypes: ['violations'] }";

  /** Rules for which the colour scheme makes a difference. */
  private static final String RULES_OF_COLOUR =
      "{ preload: false, resultTypes: ['violations'], runOnly: ['color-contrast',"
          + " 'link-in-text-block'] }";

  /** A GIF of one pixel. */
  private static final String PICTURE =
      "R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==";

  @TempDir private Path base;

  private Household household;
  private NodeProcess nas;
  private NodeProcess desk;
  private Chromium browser;

  private Path root(NodeProcess node, String arena) throws IOException {
    return Files.createDirectories(base.resolve(node.name() + "-" + arena));
  }

  @BeforeEach
  void start() throws Exception {
    household = new Household(base);
    nas = household.deaf("nas");
    desk = household.listening("desk");
    household.introduce(nas, desk);
    Path file = nas.directory().resolve("realize.toml");
    String text = Files.readString(file);
    String notices = "[\"sh\", \"-c\", \"cat >> '" + base.resolve("noticed") + "'\"]";
    String settings = "[node]\ndashboard = \"127.0.0.1:0\"\nnotices = " + notices + "\n";
    Files.writeString(
        file,
        text.replace("[node]\n", settings)
            .replace("listen = \"off\"", "listen = [\"127.0.0.1:0\"]"));
    for (String arena : List.of("docs", "photos", "films")) {
      for (NodeProcess node : List.of(nas, desk)) {
        household.share(node, arena, Optional.of(root(node, arena)), Household.QUICK);
      }
    }
    for (String name : List.of("mine", "theirs", "both", "replaced", "purged")) {
      Files.writeString(root(nas, "docs").resolve(name), "first of " + name);
    }
    for (String arena : List.of("photos", "films")) {
      for (String name : List.of("a", "b")) {
        Files.writeString(root(nas, arena).resolve(name), arena + " " + name);
      }
    }
    household.share(nas, "usb", Optional.of(root(nas, "usb")), Household.QUICK);
    Files.writeString(root(nas, "usb").resolve("a"), "usb a");
    Path profile = Files.createDirectory(base.resolve("chromium"));
    try (ExecutorService starts = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> listener = starts.submit(desk::start);
      Future<?> dialler = starts.submit(nas::start);
      browser = starts.submit(() -> Chromium.start(profile)).get(); // first: it is to be closed
      listener.get();
      dialler.get();
    }
    if (!isConnected()) { // nas was the first to begin, and waits before it dials again
      nas.commands().connect(DESK);
    }
    for (String arena : List.of("docs", "photos", "films")) {
      long files = arena.equals("docs") ? 5 : 2;
      await().atMost(SOON).until(() -> desk.arena(arena).localFiles() == files);
    }
  }

  private boolean isConnected() throws IOException {
    return nas.status().peers().getFirst().connected();
  }

  @AfterEach
  void end() throws IOException {
    try (var _ = household;
        var _ = browser) { // the browser, which may not have begun, first
    }
  }

  /** Both change what the other one does not see, and meet again. */
  private void disagree() throws Exception {
    nas.commands().disconnect(DESK);
    for (String name : List.of("mine", "theirs", "both")) {
      Files.writeString(root(nas, "docs").resolve(name), "written on nas: " + name);
      Files.writeString(root(desk, "docs").resolve(name), "and on desk: " + name);
    }
    Files.write(root(nas, "docs").resolve("both"), Base64.getDecoder().decode(PICTURE));
    for (String name : List.of("replaced", "purged")) {
      Files.writeString(root(desk, "docs").resolve(name), "second of " + name);
    }
    for (String arena : List.of("photos", "films")) {
      for (String name : List.of("a", "b")) {
        Files.delete(root(desk, arena).resolve(name));
      }
      await().atMost(SOON).until(() -> desk.arena(arena).localFiles() == 0);
    }
    nas.commands().connect(DESK);
    await().atMost(SOON).until(() -> nas.arena("docs").conflicts() == 3);
    for (String arena : List.of("photos", "films")) {
      await().atMost(SOON).until(() -> nas.arena(arena).counts().held() == 2);
    }
    for (String name : List.of("replaced", "purged")) {
      await().atMost(SOON).until(() -> content(nas, "docs", name).equals("second of " + name));
    }
  }

  /** The root of an arena loses what says that it is the right one. */
  private void doubt() throws Exception {
    Path root = root(nas, "usb");
    Files.delete(root.resolve(".realize/id"));
    Files.writeString(root.resolve("b"), "usb b");
    await().atMost(SOON).until(() -> nas.arena("usb").counts().paused() == 1);
  }

  private String content(NodeProcess node, String arena, String name) throws IOException {
    Path file = root(node, arena).resolve(name);
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private static ArenaPath docs(String name) {
    return new ArenaPath(new ArenaName("docs"), RelativePath.of(name));
  }

  private void go(String view) throws Exception {
    browser.evaluate("location.hash = '#/" + view + "'");
    browser.await("document.querySelector('realize-" + view + " :is(.sentence, .verdict)')");
  }

  /** Presses a button of the first card whose key begins so, and the button that does it. */
  private void press(String key, String label) throws Exception {
    String card = "document.querySelector('[data-key^=\"" + key + "\"]')";
    browser.click(
        "[...%s.querySelectorAll('.buttons button')].find((each) => each.textContent === \"%s\")"
            .formatted(card, label));
    answer(card, label);
  }

  /** Does what the question in a part of the page asks about, which says what that is. */
  private void answer(String part, String label) throws Exception {
    browser.click(
        ("[%s.querySelector('.question')].filter((each) =>"
                + " each.querySelector('p').textContent.length > 20).map((each) =>"
                + " each.querySelector('button')).find((each) => each.textContent === \"%s\")")
            .formatted(part, label));
  }

  private void look(String view) throws Exception {
    Path pictures = Files.createDirectories(Path.of("target/page"));
    for (int width : new int[] {1_600, 360}) {
      for (String scheme : List.of("light", "dark")) {
        browser.show(width, width == 360 ? 780 : 900, scheme);
        browser.await(
            "innerWidth === %d && matchMedia('(prefers-color-scheme: %s)').matches"
                .formatted(width, scheme));
        browser.photograph(pictures.resolve("%s-%d-%s.png".formatted(view, width, scheme)));
        String at = "%s, %d, %s".formatted(view, width, scheme);
        assertThat(
                browser
                    .evaluate(
                        "document.documentElement.scrollWidth <="
                            + " document.documentElement.clientWidth")
                    .asBoolean())
            .as("no sideways scrolling: " + at)
            .isTrue();
        assertThat(
                browser
                    .evaluate(
                        "document.querySelector('nav').scrollWidth <="
                            + " document.documentElement.clientWidth")
                    .asBoolean())
            .as("all tabs are seen: " + at)
            .isTrue();
        JsonNode found =
            browser.evaluate(
                "axe.run(%s).then((all) => JSON.stringify(all.violations))"
                    .formatted(scheme.equals("light") ? ALL_RULES : RULES_OF_COLOUR));
        assertThat(found.asText()).as(at).isEqualTo("[]");
      }
    }
    browser.show(1_280, 900, "light");
  }

  @Test
  void page_everyButton_doesWhatItSays_andNothingIsInaccessible() throws Exception {
    FutureTask<String> link = new FutureTask<>(() -> nas.realize("dashboard").strip());
    Thread.startVirtualThread(link);
    disagree();
    doubt();
    openPage(link.get());
    lookAtNotices(); // before it is decided: what begins and ends within 10 s is no event
    decide();
    steerPeers();
    limit();
    invite();
    restore();
    browseFiles();
    lookAtEvents();
    hide();
    fallSilent();
    assertThat(browser.errors())
        .as("but for the request without a session, and the limit that is none")
        .satisfiesExactly(
            first -> assertThat(first).contains("401"),
            second -> assertThat(second).contains("400"));
  }

  private void openPage(String link) throws Exception {
    browser.show(1_280, 900, "light");
    browser.open("http://" + nas.status().dashboard() + "/");
    browser.await("document.body.innerText.includes('realize dashboard')");
    await("the request without a session").atMost(SOON).until(() -> browser.errors().size() == 1);
    browser.open(link);
    // The same page with another fragment: it is loaded again by itself.
    browser.await("document.querySelector('.verdict')");
    try (InputStream axe = PageIT.class.getResourceAsStream(AXE)) {
      browser.evaluate(new String(axe.readAllBytes(), UTF_8) + "; 0");
    }
    browser.await("document.querySelector('.verdict').innerText.includes('3 conflicts')");
    for (String view : VIEWS) {
      go(view);
      if (view.equals("needs")) {
        compare();
      }
      look(view);
    }
  }

  /** The two sides of a conflict are shown, and what is not here once it is asked for. */
  private void compare() throws Exception {
    String both = "document.querySelector('[data-key=\"conflict-docs/both\"]')";
    scrollTo(both); // what is not seen is not asked for
    browser.await(both + ".querySelector('img').naturalWidth === 1");
    String mine = "document.querySelector('[data-key=\"conflict-docs/mine\"]')";
    scrollTo(mine);
    browser.await(
        mine + ".querySelector('.diff .gone').innerText.includes('written on nas: mine')");
    browser.await(mine + ".querySelector('.diff .new').innerText.includes('and on desk: mine')");
    assertThat(
            browser
                .evaluate(
                    "import('/compare.js').then((all) => all.diff('a\\nb\\nc\\nd', 'a\\nc\\nx\\nd')"
                        + ".map((row) => row.join('')).join())")
                .asText())
        .isEqualTo(" a,-b, c,+x, d");
    // Both sides are here so soon that nothing is left to be fetched: that is made up.
    browser.evaluate(
        "window.answer = window.fetch; window.fetch = (at, request) =>"
            + " at.endsWith('preview-query') && !JSON.parse(request.body).fetch"
            + " ? Promise.resolve(new Response('{\"kind\": \"elsewhere\"}'))"
            + " : answer(at, request); 0");
    go("peers");
    go("needs");
    scrollTo(mine);
    String fetch = "[..." + mine + ".querySelectorAll('.side button')]";
    browser.await(fetch + ".length === 2 && !" + mine + ".querySelector('.diff')");
    browser.await(
        "((all) => all.length === 2 && (window.fetch = answer,"
            + " all.forEach((each) => each.click()), true))("
            + fetch
            + ")");
    browser.await(mine + ".querySelector('.diff .new').innerText.includes('and on desk: mine')");
  }

  private void scrollTo(String element) throws Exception {
    browser.await("(" + element + ".scrollIntoView(), true)");
  }

  private void decide() throws Exception {
    go("needs");
    press("conflict-docs/mine", "Keep nas's");
    press("conflict-docs/theirs", "Keep desk's");
    press("conflict-docs/both", "Keep both");
    press("held-photos", "Let it pass");
    press("held-films", "Keep what is here");
    press("doubt-usb", "Accept it as it is");
    await().atMost(SOON).until(() -> nas.arena("usb").localFiles() == 2);
    for (NodeProcess node : List.of(nas, desk)) {
      await().atMost(SOON).until(() -> node.arena("docs").conflicts() == 0);
      await()
          .atMost(SOON)
          .until(() -> content(node, "docs", "mine").equals("written on nas: mine"));
      await()
          .atMost(SOON)
          .until(() -> content(node, "docs", "theirs").equals("and on desk: theirs"));
      await().atMost(SOON).until(() -> node.arena("docs").localFiles() == 6);
      await().atMost(SOON).until(() -> node.arena("photos").localFiles() == 0);
      await().atMost(SOON).until(() -> node.arena("photos").phase().isInSync());
      await().atMost(SOON).until(() -> content(node, "films", "b").equals("films b"));
    }
    browser.await("document.querySelector('.sentence').innerText === 'Nothing needs you.'");
  }

  private void steerPeers() throws Exception {
    go("peers");
    for (String label : List.of("Pause 2 h", "Pause")) {
      press("peer-desk", label);
      await().atMost(SOON).until(() -> nas.status().peers().getFirst().pausedUntil() != null);
      press("peer-desk", "Resume");
      await().atMost(SOON).until(() -> nas.status().peers().getFirst().pausedUntil() == null);
    }
    press("peer-desk", "Disconnect");
    await().atMost(SOON).until(() -> !isConnected());
    browser.await("document.querySelector('realize-peers').innerText.includes('away')");
    press("peer-desk", "Connect");
    await().atMost(SOON).until(this::isConnected);
  }

  /** Fields that the daemon refuses, takes, and has in its configuration. */
  private void limit() throws Exception {
    go("peers");
    browser.click("document.querySelector('[data-key=\"limits-desk\"] summary')");
    type("limits-desk", "up", "12 parsecs");
    press("limits-desk", "Set limits");
    browser.await(
        "document.querySelector('[data-key=\"limits-desk\"] .problem').innerText.includes("
            + "\"set peer desk: \") && document.querySelector('[data-key=\"limits-desk\"]')"
            + ".innerText.includes(\"'12 parsecs' is no rate\")");
    type("limits-desk", "up", "1M");
    press("limits-desk", "Set limits");
    await().atMost(SOON).until(() -> nas.status().peers().getFirst().limits() != null);
    assertThat(nas.status().peers().getFirst().limits())
        .isEqualTo(new Rates(Rate.parse("1M"), Rate.UNLIMITED));
    go("overview");
    browser.click("document.querySelector('[data-key=\"limits-usb\"] summary')");
    type("limits-usb", "max", "1 GiB");
    look("limits");
    press("limits-usb", "Set limits");
    // The arena ends and begins again before the request is answered.
    browser.await(
        "document.querySelector('[data-key=\"decision-limits-arena-usb\"]').textContent"
            + ".includes('Done.')");
    assertThat(nas.commands().limits().arenas()).contains(new ArenaLimits(USB, "1.0 GiB", ""));
    for (String label : List.of("Pause 2 h", "Pause")) {
      press("limits-usb", label);
      await().atMost(SOON).until(() -> nas.arena("usb").pausedUntil() != null);
      press("limits-usb", "Resume");
      await().atMost(SOON).until(() -> nas.arena("usb").pausedUntil() == null);
    }
  }

  private void type(String key, String field, String text) throws Exception {
    browser.await(
        ("((it) => (it.value = '%s', it.dispatchEvent(new Event('input'))))"
                + "(document.querySelector('[data-key=\"%s\"] [data-key^=\"%s-\"]'))")
            .formatted(text, key, field));
  }

  /**
   * A machine joins by the code of the page, and is revoked; one that is no member is forgotten.
   */
  private void invite() throws Exception {
    go("peers");
    press("invite", "Invite");
    browser.await("document.querySelector('.qr .dark').getAttribute('d').length > 1000");
    look("invite");
    String command =
        browser.evaluate("document.querySelector('.invite .command').innerText").asText();
    NodeProcess laptop = household.deaf("laptop");
    assertThat(command).startsWith("realize join ");
    laptop.realize("join", command.substring("realize join ".length()));
    browser.await("document.querySelector('.invite').innerText.includes('laptop has joined.')");
    browser.await("!document.querySelector('.qr')");
    browser.await(members("laptop") + ".some((each) => each.includes('invited by nas'))");
    press("peer-laptop", "Revoke");
    await().atMost(SOON).until(() -> nas.status().peers().size() == 1);
    browser.await(members("laptop") + ".some((each) => each.includes('revoked by nas'))");
    ConfigurationFile.in(nas.directory())
        .addPeer(
            new PeerName("old"),
            NodeKey.generate(new SecureRandom()).publicKey(),
            List.of(),
            List.of());
    nas.commands().reload();
    press("peer-old", "Forget");
    await().atMost(SOON).until(() -> nas.status().peers().size() == 1);
    press("invite", "Invite");
    browser.click(
        "[...document.querySelectorAll('.invite .card button')].find((each) =>"
            + " each.textContent === 'Hide the code')");
    browser.await("!document.querySelector('.qr')");
  }

  /** The texts of the rows of the members of this name. */
  private static String members(String name) {
    return ("[...document.querySelectorAll('.member')].map((each) => each.innerText)"
            + ".filter((each) => each.startsWith('%s'))")
        .formatted(name);
  }

  private void restore() throws Exception {
    go("trash");
    press("trash-docs/replaced", "Restore");
    await().atMost(SOON).until(() -> content(nas, "docs", "replaced").equals("first of replaced"));
    press("trash-docs/purged", "Delete for good");
    VersionQuery trash = new VersionQuery(List.of(docs("purged")), false);
    await().atMost(SOON).until(() -> nas.commands().versions(trash).count() == 0);
    assertThat(content(nas, "docs", "purged")).isEqualTo("second of purged");
  }

  private void browseFiles() throws Exception {
    browser.press("g");
    browser.press("f");
    browser.await("location.hash === '#/files'");
    // A page of files is as it was when it was opened.
    await().atMost(SOON).until(() -> stateOfReplaced() == FilePage.FileState.REAL);
    VersionQuery replaced = new VersionQuery(List.of(docs("replaced")), false);
    await().atMost(SOON).until(() -> nas.commands().versions(replaced).count() > 0);
    browser.evaluate("location.hash = '#/files?arena=docs&path='");
    String file = "document.querySelector('[data-key=\"file-replaced\"]')";
    browser.await(file + ".querySelector('.state').innerText.includes('real')");
    browser.click(file + ".querySelector('.more')");
    browser.await(file + ".innerText.includes('Restore')");
    look("file");
    press("file-replaced", "Mark keep");
    browser.await(file + ".innerText.includes('keep, its own')");
    MarkOrder get = new MarkOrder(MarkAction.GET, null, List.of(docs("replaced")));
    assertThat(nas.commands().marks(get).getFirst().mark()).isEqualTo(Mark.KEEP);
    press("file-replaced", "Inherit the mark");
    browser.await(file + ".innerText.includes('own, inherited')");
    for (String label : List.of("Fetch", "Evict", "Verify")) {
      press("file-replaced", label);
      browser.await(file + ".innerText.includes('Done.')");
    }
    assertThat(content(nas, "docs", "replaced")).isEqualTo("first of replaced");
    String version = file + ".querySelector('.version .decision')";
    browser.click(version + ".querySelector('.buttons button')");
    answer(version, "Restore");
    await().atMost(SOON).until(() -> content(nas, "docs", "replaced").equals("second of replaced"));
  }

  private FilePage.@Nullable FileState stateOfReplaced() throws Exception {
    ArenaPath top = new ArenaPath(new ArenaName("docs"), RelativePath.ROOT);
    return nas.commands().files(new FileQuery(top, null, 100)).entries().stream()
        .filter(entry -> entry.name().equals("replaced"))
        .findFirst()
        .orElseThrow()
        .state();
  }

  private void lookAtEvents() throws Exception {
    browser.press("g");
    browser.press("a");
    browser.await("location.hash === '#/activity'");
    browser.await("document.querySelector('realize-activity').innerText.includes('to desk')");
    browser.press("/");
    browser.await("document.activeElement.type === 'search'");
    browser.press("h");
    browser.press("e");
    browser.press("l");
    browser.press("d");
    browser.await(
        "((all) => all.length > 0 && all.every((each) => each.innerText.includes('held')))"
            + "([...document.querySelectorAll('.event')])");
    browser.evaluate("document.activeElement.blur()");
    browser.press("?");
    browser.await("document.querySelector('dialog').open");
    browser.click("document.querySelector('dialog button')");
  }

  /** The program that the configuration names has heard of each decision once. */
  private void lookAtNotices() throws Exception {
    Path noticed = base.resolve("noticed");
    for (String text : List.of("conflict at 'mine'", "held: ", "in doubt: ")) {
      await()
          .atMost(SOON)
          .until(() -> Files.exists(noticed) && Files.readString(noticed).contains(text));
    }
    assertThat(Files.readString(noticed)).containsOnlyOnce("conflict at 'mine'");
  }

  /** A page that nobody sees has no stream, and misses nothing. */
  private void hide() throws Exception {
    browser.evaluate("import('/store.js').then((all) => { window.store = all.store })");
    browser.await("store.link === 'live' && store.status.peers[0].connected");
    setHidden(true);
    browser.await("store.link === 'hidden'");
    browser.evaluate("window.seen = store.events.at(-1).id; 0");
    nas.commands().disconnect(DESK);
    await().atMost(SOON).until(() -> !isConnected());
    assertThat(browser.evaluate("store.status.peers[0].connected").asBoolean()).isTrue();
    setHidden(false);
    browser.await("store.link === 'live' && !store.status.peers[0].connected");
    browser.await(
        "store.events.some((one) =>"
            + " one.id > seen && one.kind === 'peer' && one.state === 'ended')");
    assertThat(
            browser
                .evaluate("store.events.every((one, i, all) => !i || all[i - 1].id < one.id)")
                .asBoolean())
        .as("each event once")
        .isTrue();
  }

  private void setHidden(boolean isHidden) throws Exception {
    browser.evaluate(
        "Object.defineProperty(document, 'hidden', { value: %s, configurable: true });"
                .formatted(isHidden)
            + "document.dispatchEvent(new Event('visibilitychange'))");
  }

  /** A daemon that ends no connection and says nothing, as one whose machine is suspended. */
  private void fallSilent() throws Exception {
    browser.evaluate(
        "window.later = setTimeout; window.setTimeout ="
            + " (run, millis) => later(run, millis === 10000 ? 2500 : millis); 0"); // four times
    // faster
    signal("-STOP");
    try {
      browser.await("document.body.innerText.includes('No word from the daemon since')");
      browser.await("document.querySelector('#state').innerText === 'no word'");
    } finally {
      signal("-CONT");
    }
    browser.evaluate("window.setTimeout = later; 0");
    browser.await("store.link === 'live'");
    browser.await("!document.body.innerText.includes('No word from the daemon')");
  }

  private void signal(String name) throws Exception {
    String[] words = {"kill", name, Long.toString(nas.pid())};
    assertThat(new ProcessBuilder(words).start().waitFor()).isZero();
  }
}
