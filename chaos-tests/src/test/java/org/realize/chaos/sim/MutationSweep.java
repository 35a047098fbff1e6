package org.realize.chaos.sim;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A test of the simulator: each deliberate break of a rule must be found within the first seeds.
 * For {@code scripts/chaos --mutations}, with the root of the sources and, where only some are
 * meant, the beginning of their names. Exits with 1 if one is not found.
 */
public final class MutationSweep {

  private static final String SEEDS = "1..2000";
  private static final String CLASSES = System.getProperty("java.class.path");

  private final Path sources;

  private MutationSweep(Path sources) {
    this.sources = sources;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 1 || args.length > 2) {
      System.err.println("usage: mutations SOURCES [NAME]");
      System.exit(2);
    }
    MutationSweep sweep = new MutationSweep(Path.of(args[0]));
    List<Mutation> mutations =
        all().stream().filter(m -> args.length == 1 || m.name().startsWith(args[1])).toList();
    int missed = 0;
    for (Mutation mutation : mutations) {
      String found = sweep.find(mutation);
      System.out.printf("| %s | %s | %s |%n", mutation.name(), mutation.rule(), found);
      missed += found.equals("clean") ? 1 : 0;
    }
    System.err.printf("%d mutations, %d not found%n", mutations.size(), missed);
    System.exit(missed > 0 ? 1 : 0);
  }

  /** The mutations that are listed. */
  static List<Mutation> all() throws IOException {
    try (var list = MutationSweep.class.getResourceAsStream("mutations.txt")) {
      byte[] text = Objects.requireNonNull(list, "mutations.txt is missing").readAllBytes();
      return Mutation.parse(new String(text, StandardCharsets.UTF_8));
    }
  }

  /** The first seed that fails with the rule broken, or "clean". */
  private String find(Mutation mutation) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("mutation");
    try {
      Path source = directory.resolve(mutation.file().getFileName());
      Files.writeString(source, mutation.applied(sources));
      compile(mutation, source, directory);
      return run(directory);
    } finally {
      delete(directory);
    }
  }

  private static void compile(Mutation mutation, Path source, Path directory) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    List<String> options =
        List.of("-proc:none", "-nowarn", "-cp", CLASSES, "-d", directory.toString());
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean isCompiled =
          compiler
              .getTask(said, files, null, options, null, files.getJavaFileObjects(source))
              .call();
      if (!isCompiled) {
        throw new IOException("mutation '%s': %s".formatted(mutation.name(), said));
      }
    }
  }

  private static String run(Path directory) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // most are found before more would pay
                "-cp",
                directory + File.pathSeparator + CLASSES,
                Chaos.class.getName(),
                "--find",
                SEEDS)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return said.lines().reduce((_, last) -> last).orElse("process ended");
    } finally {
      process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
