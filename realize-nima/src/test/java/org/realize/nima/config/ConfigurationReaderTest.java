package org.realize.nima.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.realize.fuse.Driver;
import org.realize.fuse.sys.Owner;
import org.realize.nima.config.NoticeSettings.StandingTimes;
import org.realize.nima.config.NoticeSettings.Webhook;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.store.journal.Durability;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

class ConfigurationReaderTest {

  private static final Path FILE = Path.of("/n/realize.toml");
  private static final PeerKey KEY = NodeKey.generate(new SecureRandom()).publicKey();

  private static Configuration read(String text) throws RealizeException {
    return ConfigurationReader.read(FILE, text.replace("KEY", PublicKeyText.format(KEY)));
  }

  @Test
  void read_nameOnly_fillsDefaults() throws Exception {
    Configuration configuration = read("[node]\nname = \"attic\"\n");

    NodeSettings node = configuration.node();
    assertThat(node.name()).isEqualTo(new PeerName("attic"));
    assertThat(node.key()).isEqualTo(Path.of("/n/node.key"));
    assertThat(node.state()).isEqualTo(Path.of("/n/state"));
    assertThat(node.control()).isEqualTo(Path.of("/n/control/realize.sock"));
    assertThat(node.listen()).isEmpty();
    assertThat(node.dashboard()).isEmpty();
    assertThat(node.notices())
        .isEqualTo(new NoticeSettings(List.of(), Optional.empty(), StandingTimes.USUAL));
    assertThat(node.offlineWait()).isEqualTo(Duration.ofSeconds(5));
    assertThat(node.mount()).isEmpty();
    assertThat(configuration.peers()).isEmpty();
    assertThat(configuration.arenas()).isEmpty();
    assertThat(configuration.store().durability()).isEqualTo(Durability.OS);
    assertThat(configuration.store().memory())
        .isEqualTo(StoreSettings.defaultMemory(Runtime.getRuntime().maxMemory()));
  }

  @Test
  void read_everyKey_keepsEveryValue() throws Exception {
    Configuration configuration =
        read(
            """
            [node]
            name = "attic"
            key = "keys/k.pem"
            listen = ["[::]:9771", "127.0.0.1:0"]
            dashboard = "[::1]:9772"
            events = "off"
            crawlers = ["mlocate*"]
            fetch_budget = "off"
            offline_wait = "0s"
            notices = ["/usr/local/bin/tell", "me"]
            webhook = "https://ntfy.example/x?y=1"
            webhook_secret = "0123456789abcdef"
            state = "/var/lib/realize"
            mount = { path = "~/household", driver = "libfuse", allow_other = true, owner = "root:4711" }
            control = "/run/realize.sock"

            [[peer]]
            name = "laptop"
            pubkey = "KEY"
            addresses = ["laptop.example:9771"]
            arenas = ["photos/trips"]
            role = "receive"
            limit = { up = "2M", down = "10M", timetable = [{ days = "mon-fri", hours = "8-18", up = "512K" }] }
            pause = [{ days = "sat,sun" }]

            [[arena]]
            name = "photos/trips"
            root = "/srv/trips"
            mark = "keep"
            cache = { max = "20 GiB", leave = "10%", scrub = "4M" }
            min_copies = 2
            debounce = "500ms"
            hashers = 3
            guard = "off"
            conflict = "newest"
            pause = [{ hours = "22-6" }]
            ignore = ["*.tmp", "/cache/"]
            perishable = ["*.bak"]

            [store]
            durability = "fsync"
            memory = "512 MiB"

            [notices]
            peer_away = "30d"
            only_here = "off"
            low_disk = "10min"
            """);

    NodeSettings node = configuration.node();
    assertThat(node.key()).isEqualTo(Path.of("/n/keys/k.pem"));
    assertThat(node.dashboard()).contains(new HostPort("::1", 9772));
    assertThat(node.offlineWait()).isZero();
    assertThat(node.notices())
        .isEqualTo(
            new NoticeSettings(
                List.of("/usr/local/bin/tell", "me"),
                Optional.of(
                    new Webhook(URI.create("https://ntfy.example/x?y=1"), "0123456789abcdef")),
                new StandingTimes(
                    Optional.of(Duration.ofDays(30)),
                    Optional.of(Duration.ofDays(1)),
                    Optional.empty(),
                    Optional.of(Duration.ofMinutes(10)))));
    assertThat(node.notices().toString()).doesNotContain("0123456789abcdef").doesNotContain("y=1");
    assertThat(node.fetches()).isEqualTo(new FetchSettings(List.of("mlocate*"), Optional.empty()));
    assertThat(node.listen())
        .containsExactly(new HostPort("::", 9771), new HostPort("127.0.0.1", 0));
    assertThat(node.state()).isEqualTo(Path.of("/var/lib/realize"));
    assertThat(node.mount())
        .contains(
            new MountSettings(
                Path.of(System.getProperty("user.home"), "household"),
                Driver.LIBFUSE,
                true,
                Optional.of(new Owner(0, 4711)),
                false));
    assertThat(node.control()).isEqualTo(Path.of("/run/realize.sock"));
    ArenaName trips = new ArenaName("photos/trips");
    PeerSettings laptop = configuration.peers().getFirst();
    assertThat(laptop)
        .isEqualTo(
            new PeerSettings(
                new PeerName("laptop"),
                KEY,
                List.of(new HostPort("laptop.example", 9771)),
                Optional.of(List.of(trips)),
                Role.RECEIVE,
                List.of(),
                new RateLimit(
                    new Rates(Rate.parse("2M"), Rate.parse("10M")),
                    new Timetable(
                        List.of(
                            new Timetable.Row(
                                Weekdays.parse("mon-fri"),
                                new Hours(8, 18),
                                Optional.of(Rate.parse("512K")),
                                Optional.empty())))),
                new PauseTimes(List.of(new WeeklyHours(Weekdays.parse("sat,sun"), Hours.ALL)))));
    assertThat(laptop.maySee(trips)).isTrue();
    assertThat(laptop.maySee(new ArenaName("music"))).isFalse();
    assertThat(configuration.arenas())
        .contains(
            new ArenaSettings(
                trips,
                Optional.of(Path.of("/srv/trips")),
                Mark.KEEP,
                new CacheSettings(
                    Optional.of(new CacheLimit.Bytes(new ByteSize(20L << 30))),
                    Optional.of(new CacheLimit.Share(10)),
                    Optional.of(Rate.parse("4M"))),
                2,
                Duration.ofMillis(500),
                3,
                false,
                true,
                new PauseTimes(List.of(new WeeklyHours(Weekdays.ALL, new Hours(22, 6)))),
                List.of("*.tmp", "/cache/"),
                List.of("*.bak")));
    assertThat(configuration.store())
        .isEqualTo(new StoreSettings(Durability.FSYNC, new ByteSize(512L << 20)));
  }

  @Test
  void read_markAbsent_isOwnWithRootElseWatch() throws Exception {
    Configuration configuration =
        read("[node]\nname='a'\n[[arena]]\nname='x'\nroot='/x'\n[[arena]]\nname='y'\n");

    assertThat(configuration.arenas())
        .extracting(ArenaSettings::mark)
        .containsExactly(Mark.OWN, Mark.WATCH);
  }

  /** The long way of writing, with what may be left out left out. */
  @Test
  void read_limitInTables_fillsDefaults() throws Exception {
    String text =
        "[node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|[peer.limit]|down='1M'"
            + "|[[peer.limit.timetable]]|up='0'|[[peer.limit.timetable]]|hours='22-6'";

    RateLimit limit = read(text.replace('|', '\n')).peers().getFirst().limit();

    assertThat(limit.base()).isEqualTo(new Rates(Rate.UNLIMITED, Rate.parse("1M")));
    Optional<Rate> absent = Optional.empty();
    assertThat(limit.timetable().rows())
        .containsExactly(
            new Timetable.Row(Weekdays.ALL, Hours.ALL, Optional.of(Rate.UNLIMITED), absent),
            new Timetable.Row(Weekdays.ALL, new Hours(22, 6), absent, absent));
    assertThat(read("[node]\nname='a'\n[[peer]]\nname='p'\npubkey='KEY'\n").peers())
        .extracting(PeerSettings::limit)
        .containsExactly(RateLimit.NONE);
  }

  @Test
  void read_timetableOfTooManyRows_isRefused() {
    String text =
        "[node]\nname='a'\n[[peer]]\nname='p'\npubkey='KEY'\nlimit.timetable = ["
            + "{},".repeat(169)
            + "]\n";

    assertThatThrownBy(() -> read(text))
        .hasMessage("/n/realize.toml:6: [[peer]] limit.timetable: has at most 168 rows");
  }

  @Test
  void read_pemAndBase64_areTheSameKey() throws Exception {
    Configuration configuration =
        ConfigurationReader.read(
            FILE, "[node]\nname='a'\n[[peer]]\nname='p'\npubkey = '''\n" + KEY.pem() + "'''\n");

    assertThat(configuration.peers().getFirst().key()).isEqualTo(KEY);
  }

  /** Everything before {@code =>} is the text, {@code |} stands for a line's end. */
  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '~',
      textBlock =
          """
          |[node]|name='a'|lisen='off'                        => 4: [node] lisen: unknown key, the nearest known is 'listen'
          [node]|name='a'|webhook='https://x.example' => 3: [node] webhook: needs a 'webhook_secret', which signs what is sent
          [node]|name='a'|webhook='http://x.example'  => 3: [node] webhook: it is not written as https://HOST/PATH; http is for this machine alone
          [node]|name='a'|webhook='https://a@x.example' => 3: [node] webhook: it has a user or a fragment
          [node]|name='a'|webhook_secret='short'      => 3: [node] webhook_secret: has 5 characters, and needs 16 to 1,024
          [node]|name='a'|[notices]|only_here='1s'    => 4: [notices] only_here: '1s' is not between 1min and 3650d; or off
          [node]|name='a'|[[per]]|name='p'                     => 3: 'per': unknown key, the nearest known is 'peer'
          [node]|name='a'|[storage]|memory='1 GB'              => 3: 'storage': unknown key, the nearest known is 'store'
          [node]|name='a'|mount={path='/m',drivr='kernel'}     => 3: [node] mount.drivr: unknown key, the nearest known is 'driver'
          [node]|name='a'|mount.path='/m'|mount.drivr='kernel' => 4: [node] mount.drivr: unknown key, the nearest known is 'driver'
          [node]|name='a'|[[arena]]|name='x'|[arena.cache]|mx='1'   => 6: [[arena]] cache.mx: unknown key, the nearest known is 'max'
          [[arena]]|name='x'|[[arena]]|name='y'|rot='/r'|[node]|name='a' => 5: [[arena]] rot: unknown key, the nearest known is 'root'
          [peer]|x=1                                           => 1: needs a [node] table
          [node]                                               => 1: 'node': needs a 'name'
          [node]|name = 3                                      => 2: [node] name: is a string
          [node]|name = 'a b'                                  => 2: [node] name: peer name 'a b'
          [node]|name='a'|dashboard='0.0.0.0:9772'             => 3: [node] dashboard: '0.0.0.0:9772' is not of this machine alone: use 127.0.0.1, [::1] or localhost
          [node]|name='a'|offline_wait='31s'                   => 3: [node] offline_wait: is at most 30s; a read fails after a minute
          [node]|name='a'|dashboard='9772'                     => 3: [node] dashboard: '9772' is no HOST:PORT
          [node]|name='a'|listen='on'                          => 3: [node] listen: is a list of "HOST:PORT", or "off"
          [node]|name='a'|listen=['x',|'y:1']                  => 3: [node] listen: 'x' is no HOST:PORT
          [node]|name='a'|listen=['x:70000']                   => 3: [node] listen: 'x:70000' is no HOST:PORT
          [node]|name='a'|listen=['::1:9771']                  => 3: [node] listen: '::1:9771' is no HOST:PORT
          [node]|name='a'|mount={driver='kernel'}              => 3: [node] mount: needs a 'path'
          [node]|name='a'|mount={path='/m', driver='fuse3'}    => 3: [node] mount.driver: 'fuse3' is none of kernel, libfuse
          [node]|name='a'|mount='state/m'                      => 3: [node] mount: mount and state must not contain each other
          [node]|name='a'|[[peer]]|name='p'                    => 3: [[peer]]: needs a 'pubkey'
          [node]|name='a'|[[peer]]|name='p'|pubkey='abc'       => 5: [[peer]] pubkey: read public key
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|role='x' => 6: [[peer]] role: 'x' is none of both, send, receive
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|arenas=['x'] => 6: [[peer]] arenas: there is no [[arena]] 'x'
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|[[peer]]|name='q'|pubkey='KEY' => 8: [[peer]] pubkey: another peer has the key of 'q'
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|write=['x'] => 6: [[peer]] write: there is no [[arena]] 'x'
          [node]|name='a'|[[arena]]|name='x'|[[peer]]|name='p'|pubkey='KEY'|arenas=[]|write=['x'] => 9: [[peer]] write: has an arena that is not in 'arenas'
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limt={up='1M'} => 6: [[peer]] limt: unknown key, the nearest known is 'limit'
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit='1M'  => 6: [[peer]] limit: is a table
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit={upp='1M'} => 6: [[peer]] limit.upp: unknown key, the nearest known is 'up'
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit={up=512} => 6: [[peer]] limit.up: is a string
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit={up='2 MB'} => 6: [[peer]] limit.up: '2 MB' is no rate in bytes a second, such as 512K or 2M; 0 is no limit
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit={down='512'} => 6: [[peer]] limit.down: 512 bytes a second are below the least limit, 16K
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit={timetable='x'} => 6: [[peer]] limit.timetable: is written as [[peer.limit.timetable]]
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit={timetable={}} => 6: [[peer]] limit.timetable: is written as [[peer.limit.timetable]]
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit={timetable=[1]} => 6: [[peer]] limit.timetable: is written as [[peer.limit.timetable]]
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|limit.timetable=[|{up='1M'},|{day='mon'}] => 8: [[peer]] limit.timetable.1.day: unknown key, the nearest known is 'days'
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|[[peer.limit.timetable]]|days='mon'|[[peer.limit.timetable]]|hour='8-18' => 9: [[peer]] limit.timetable.1.hour: unknown key, the nearest known is 'hours'
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|[[peer.limit.timetable]]|days='mon'|hours='8-8' => 8: [[peer]] limit.timetable.0.hours: '8-8' are no hours, such as 8-18, 22-6 or 0-24
          [node]|name='a'|[[peer]]|name='p'|pubkey='KEY'|[[peer.limit.timetable]]|days='weekend' => 7: [[peer]] limit.timetable.0.days: 'weekend' are no days, such as mon, mon-fri or sat,sun
          peer=3|[node]|name='a'                               => 1: 'peer': is written as [[peer]]
          [node]|name='a'|[[arena]]|name='/x'                  => 4: [[arena]] name:
          [node]|name='a'|[[arena]]|name='x'|[[arena]]|name='x' => 6: [[arena]] name: there are two arenas 'x'
          [node]|name='a'|[[arena]]|name='x'|[[arena]]|name='x/y' => 6: [[arena]] name: arenas 'x' and 'x/y': one lies inside the other in the mount
          [node]|name='a'|[[arena]]|name='x/y'|[[arena]]|name='x' => 6: [[arena]] name: arenas 'x/y' and 'x': one lies inside the other in the mount
          [node]|name='a'|[[arena]]|name='x'|mark='hold'       => 5: [[arena]] mark: mark 'hold': use watch, keep or own
          [node]|name='a'|[[arena]]|name='x'|root='/n'         => 5: [[arena]] root: root and the node's state must not contain each other
          [node]|name='a'|mount='/m'|[[arena]]|name='x'|root='/m/r' => 6: [[arena]] root: root and mount must not contain each other
          [node]|name='a'|key='/k/a.key'|[[arena]]|name='x'|root='/k' => 6: [[arena]] root: root and the node's key /k/a.key must not contain each other
          [node]|name='a'|control='/k/a'|[[arena]]|name='x'|root='/k' => 6: [[arena]] root: root and the control socket /k/a must not contain each other
          [node]|name='a'|key='/k/a.key'|mount='/k'            => 4: [node] mount: mount and the node's key or control socket must not contain each other
          [node]|name='a'|key='/k/a'|state='/s'|control='/c/a'|mount='/n' => 6: [node] mount: mount and this file must not contain each other
          [node]|name='a'|key='/k/a'|state='/s'|control='/c/a'|[[arena]]|name='x'|root='/n' => 8: [[arena]] root: root and this file must not contain each other
          [node]|name='a'|[[arena]]|name='x'|root='/r'|[[arena]]|name='y'|root='/r/s' => 8: [[arena]] root: lies in the root of arena 'x'
          [node]|name='a'|[[arena]]|name='x'|min_copies=0      => 5: [[arena]] min_copies: must be a whole number from 1 to 100
          [node]|name='a'|[[arena]]|name='x'|guard='no'        => 5: [[arena]] guard: guard 'no': use on or off
          [node]|name='a'|[[arena]]|name='x'|conflict='no'     => 5: [[arena]] conflict: conflict 'no': use ask or newest
          [node]|name='a'|[[arena]]|name='x'|hashers='2'       => 5: [[arena]] hashers: must be a whole number from 1 to 64
          [node]|name='a'|[[arena]]|name='x'|debounce='3'      => 5: [[arena]] debounce: '3' is no length of time
          [node]|name='a'|[[arena]]|name='x'|debounce='2min'   => 5: [[arena]] debounce: is at most 1min
          [node]|name='a'|[[arena]]|name='x'|ignore='a'        => 5: [[arena]] ignore: is a list of strings
          [node]|name='a'|[[arena]]|name='x'|perishable='a'    => 5: [[arena]] perishable: is a list of strings
          [node]|name='a'|[[arena]]|name='x'|cache={max='many'} => 5: [[arena]] cache.max: 'many' is no size
          [node]|name='a'|[[arena]]|name='x'|cache={max='101%'} => 5: [[arena]] cache.max: 101% is not between
          [node]|name='a'|[[arena]]|name='x'|cache='1 GB'      => 5: [[arena]] cache: is a table
          [node]|name='a'|[store]|durability='none'            => 4: [store] durability: 'none' is none of os, fsync
          [node]|name='a'|[store]|memory='1 MB'                => 4: [store] memory: is at least 64 MiB
          [node]|name='a'|name='b'                             => 3: no valid TOML
          [node]|name=                                         => 2: no valid TOML
          """)
  void read_wrongText_namesLineAndCause(String text, String message) {
    assertThatThrownBy(() -> read(text.replace('|', '\n')))
        .isInstanceOf(RealizeException.Invalid.class)
        .message()
        .startsWith("/n/realize.toml:" + message)
        .doesNotContain("\n");
  }

  @Test
  void read_longSocketPath_isRefused() {
    assertThatThrownBy(() -> read("[node]\nname='a'\ncontrol='/" + "s".repeat(107) + "'\n"))
        .hasMessageContaining("has 108 bytes, a socket's path at most 107");
  }

  @Test
  void read_rootThroughALink_isComparedByWhereItLeads(@TempDir Path directory) throws Exception {
    Path real = directory.toRealPath();
    Files.createDirectories(real.resolve("home/config/state"));
    Files.createSymbolicLink(real.resolve("link"), real.resolve("home"));
    Path file = real.resolve("home/config/realize.toml");
    String node = "[node]\nname='a'\n[[arena]]\nname='x'\nroot='%s'\n";

    assertThatThrownBy(() -> ConfigurationReader.read(file, node.formatted(real.resolve("link"))))
        .isInstanceOf(RealizeException.Invalid.class)
        .hasMessage(
            file + ":5: [[arena]] root: root and the node's state must not contain each other");
    Path beside = real.resolve("link/config/new");
    assertThat(ConfigurationReader.read(file, node.formatted(beside)).arenas()).hasSize(1);
  }
}
