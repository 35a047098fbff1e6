package org.realize.chaos.process;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.realize.nima.daemon.Main;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An archive of the classes that a node loads: with it, a daemon or command of a test starts with
 * half the processor time. The first of the test JVMs records it for the jars under test, by a pair
 * of nodes that exchange a file; the others wait for that. Where the product is not in jars, as in
 * an IDE, there is none, since the JVM archives classes of jars only.
 */
final class StartArchive {

  private static final Logger LOG = LoggerFactory.getLogger(StartArchive.class);
  private static final Duration SOON = Duration.ofSeconds(60);

  /**
   * These processes live for seconds: the second compiler, and a collector with threads of its own,
   * would only take their time.
   */
  private static final List<String> SHORT_LIVED =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m");

  private static @Nullable Launcher launcher;

  private StartArchive() {}

  /** The launcher of daemons and commands of tests. */
  static synchronized Launcher launcher() throws IOException {
    Launcher known = launcher;
    if (known == null) {
      known = areInJars() ? ofJars() : Launcher.ofThisJvm(SHORT_LIVED);
      launcher = known;
    }
    return known;
  }

  private static boolean areInJars() {
    return Main.class
        .getProtectionDomain()
        .getCodeSource()
        .getLocation()
        .getPath()
        .endsWith(".jar");
  }

  private static Launcher ofJars() throws IOException {
    List<String> jars =
        Stream.of(Launcher.classPath().split(File.pathSeparator))
            .filter(entry -> entry.endsWith(".jar"))
            .toList();
    String classPath = String.join(File.pathSeparator, jars);
    List<String> options = new ArrayList<>(SHORT_LIVED);
    // for daemons, too: it is in no jar
    options.add(
        "-Dlogback.configurationFile="
            + Objects.requireNonNull(StartArchive.class.getResource("/logback-test.xml")));
    Launcher plain = Launcher.ofThisJvm(options, classPath);
    Path directory = Files.createDirectories(Path.of("target").toAbsolutePath());
    Path archive = directory.resolve("start-" + key(jars) + ".jsa");
    try (FileChannel file =
            FileChannel.open(
                directory.resolve("start.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock _ = file.lock()) {
      if (!Files.exists(archive)) {
        record(plain, archive);
      }
    }
    if (!Files.exists(archive)) {
      return plain;
    }
    options.addAll(List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:disable"));
    options.addAll(List.of("-Xlog:all=error:stderr"));
    return Launcher.ofThisJvm(options, classPath);
  }

  /** Another one for each state of the jars. */
  private static String key(List<String> jars) throws IOException {
    int hash = 1;
    for (String jar : jars) {
      Path path = Path.of(jar);
      hash = 31 * hash + Objects.hash(jar, Files.size(path), Files.getLastModifiedTime(path));
    }
    return Integer.toHexString(hash);
  }

  /** Without the archive, tests are slower and no less right: so a failure is only logged. */
  private static void record(Launcher plain, Path archive) throws IOException {
    Path base = Files.createTempDirectory("realize-start");
    Path made = archive.resolveSibling("start.part");
    try {
      try (Household household = new Household(base, plain)) {
        NodeProcess source = household.listening("source");
        NodeProcess viewer = household.recording("viewer", made);
        household.introduce(viewer, source);
        Path root = household.root("source");
        Files.write(root.resolve("file"), new byte[1 << 20]);
        household.share(source, "docs", Optional.of(root), Household.QUICK);
        household.share(viewer, "docs", Optional.of(household.root("viewer")), Household.QUICK);
        household.startAll();
        Path shown = household.mount("viewer").resolve("docs/file");
        await().atMost(SOON).until(() -> Files.exists(shown));
        Files.readAllBytes(shown);
        Files.writeString(shown.resolveSibling("answer"), "answer");
        await().atMost(SOON).until(() -> Files.exists(root.resolve("answer")));
        viewer.status();
      }
      Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
      try (Stream<Path> all = Files.walk(base)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    } catch (Exception e) {
      LOG.warn("no archive of classes was recorded, or {} stays", base, e);
    }
  }
}
