package org.realize.chaos.process;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The way to start the command line.
 *
 * @param prefix the words before the subcommand
 */
public record Launcher(List<String> prefix) {

  public Launcher {
    prefix = List.copyOf(prefix);
  }

  /** By {@code scripts/realize}, as a person does. */
  public static Launcher script(Path repository) {
    return new Launcher(List.of(repository.resolve("scripts/realize").toString()));
  }

  /** With this JVM's own flags and class path, but for its agents. */
  public static Launcher ofThisJvm(List<String> more) {
    return ofThisJvm(more, classPath());
  }

  /** As {@link #ofThisJvm(List)}, with another class path. */
  static Launcher ofThisJvm(List<String> more, String classPath) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> !argument.startsWith("-javaagent") && !argument.startsWith("-Xmx"))
        .forEach(words::add);
    words.addAll(more);
    words.add("-cp");
    words.add(classPath);
    words.add("org.realize.nima.daemon.Main");
    return new Launcher(words);
  }

  static String classPath() {
    String forked = System.getProperty("surefire.test.class.path");
    String path = forked == null ? System.getProperty("java.class.path") : forked;
    return path.replace(File.pathSeparator + File.pathSeparator, File.pathSeparator);
  }

  List<String> command(List<String> arguments) {
    List<String> words = new ArrayList<>(prefix);
    words.addAll(arguments);
    return words;
  }
}
