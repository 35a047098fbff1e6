package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.RelativePath;

/** Compares seeded patterns and trees with what {@code git check-ignore} answers. */
class IgnoreOracleTest {

  private static final int SEEDS = 60;
  private static final String[] NAMES = {"a", "b", "ab", "a.o", "b.log", "c d", "x-1", "!n", "#h"};
  private static final String[] PARTS = {
    "a",
    "b",
    "*",
    "**",
    "?",
    "a*",
    "*.o",
    "*.log",
    "[ab]",
    "[!a]",
    "a?",
    "*b",
    "x-[0-9]",
    "c d",
    "\\a",
    "[[:alpha:]]",
    "\\!n",
    "\\#h",
    "*.*"
  };

  @TempDir Path repository;

  @Test
  void ignores_seededPatterns_agreesWithGit() throws Exception {
    run("git", "init", "-q", ".");
    for (long seed = 1; seed <= SEEDS; seed++) {
      Random random = new Random(seed);
      String outer = patterns(random);
      String inner = patterns(random);
      List<String> paths = paths(random);
      assertThat(ours(outer, inner, paths))
          .as("seed %s, outer rules:%n%s%ninner rules:%n%s", seed, outer, inner)
          .containsExactlyInAnyOrderElementsOf(git(outer, inner, paths));
    }
  }

  private static String patterns(Random random) {
    StringBuilder text = new StringBuilder();
    for (int line = random.nextInt(4); line >= 0; line--) {
      text.append(random.nextInt(4) == 0 ? "!" : "").append(random.nextInt(4) == 0 ? "/" : "");
      for (int part = random.nextInt(3); part >= 0; part--) {
        text.append(PARTS[random.nextInt(PARTS.length)]).append(part > 0 ? "/" : "");
      }
      text.append(random.nextInt(5) == 0 ? "/" : "").append('\n');
    }
    return text.toString();
  }

  /** Files and directories, a directory with a slash at its end; every parent is among them. */
  private static List<String> paths(Random random) {
    TreeSet<String> directories = new TreeSet<>(List.of("a", "sub"));
    TreeSet<String> files = new TreeSet<>();
    for (int i = 0; i < 40; i++) {
      String parent = random.nextInt(2) == 0 ? "sub" : NAMES[random.nextInt(NAMES.length)];
      String path = parent;
      for (int depth = random.nextInt(3); depth >= 0; depth--) {
        directories.add(path);
        path += "/" + NAMES[random.nextInt(NAMES.length)];
      }
      files.add(path);
    }
    List<String> all = new ArrayList<>();
    directories.forEach(directory -> all.add(directory + "/"));
    files.stream().filter(file -> !directories.contains(file)).forEach(all::add);
    return all;
  }

  private static List<String> ours(String outer, String inner, List<String> paths) {
    IgnoreRules root = IgnoreRules.of(List.of()).with(RelativePath.ROOT, outer);
    IgnoreRules sub = root.with(RelativePath.of("sub"), inner);
    List<String> ignored = new ArrayList<>();
    for (String path : paths) {
      boolean directory = path.endsWith("/");
      String plain = directory ? path.substring(0, path.length() - 1) : path;
      List<String> parts = RelativePath.of(plain).parts();
      for (int i = 1; i <= parts.size(); i++) {
        RelativePath walked = RelativePath.of(String.join("/", parts.subList(0, i)));
        IgnoreRules rules = walked.toString().startsWith("sub/") ? sub : root;
        if (rules.ignores(walked, i < parts.size() || directory)) {
          ignored.add(path);
          break;
        }
      }
    }
    return ignored;
  }

  private List<String> git(String outer, String inner, List<String> paths) throws Exception {
    deleteTree(repository.resolve("tree"));
    Path tree = Files.createDirectories(repository.resolve("tree"));
    for (String path : paths) {
      if (path.endsWith("/")) {
        Files.createDirectories(tree.resolve(path));
      } else {
        Files.createDirectories(tree.resolve(path).getParent());
        Files.writeString(tree.resolve(path), "");
      }
    }
    Files.writeString(tree.resolve(".gitignore"), outer);
    Files.writeString(tree.resolve("sub/.gitignore"), inner);
    List<String> names = paths.stream().map(p -> p.endsWith("/") ? chop(p) : p).toList();
    String answer = run(names, "git", "-C", "tree", "check-ignore", "--no-index", "-z", "--stdin");
    List<String> ignored = new ArrayList<>();
    for (String name : answer.split("\0", -1)) {
      if (!name.isEmpty()) {
        ignored.add(paths.contains(name + "/") ? name + "/" : name);
      }
    }
    return ignored;
  }

  private static String chop(String path) {
    return path.substring(0, path.length() - 1);
  }

  private static void deleteTree(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (var walk = Files.walk(tree)) {
        for (Path path : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private String run(String... command) throws Exception {
    return run(List.of(), command);
  }

  private String run(List<String> input, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(repository.toFile());
    builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
    builder.environment().put("GIT_CONFIG_SYSTEM", "/dev/null");
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (var out = process.getOutputStream()) {
      out.write(String.join("\0", input).getBytes(StandardCharsets.UTF_8));
    }
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return answer;
  }
}
