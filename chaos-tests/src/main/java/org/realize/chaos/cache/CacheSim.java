package org.realize.chaos.cache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The program behind {@code scripts/cache-sim}, which says how it is called. */
public final class CacheSim {

  private static final String USAGE =
      """
      cache-sim [--capacity SIZE]... TRACE     replay a file of lines "key size", - for stdin
      cache-sim [--capacity SIZE]... --named   replay the generated traces: all kinds, both sizes
      cache-sim --generate KIND [--mixed]      print one: zipf, loop, scan or shift
      SIZE is a number of bytes or, with %, a part of the trace's blobs; else 2%, 10% and 40%.
      Generated traces obey --blobs N (20000), --requests N (400000) and --seed N (42).\
      """;

  private final List<String> capacities = new ArrayList<>();
  private @Nullable TraceKind generate;
  private @Nullable String file;
  private boolean named;
  private boolean mixed;
  private int blobs = 20_000;
  private int requests = 400_000;
  private long seed = 42;

  private CacheSim() {}

  /** Exits 2 when the arguments are wrong. */
  public static void main(String[] arguments) throws IOException {
    CacheSim sim = new CacheSim();
    try {
      sim.parse(new ArrayDeque<>(List.of(arguments)));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.println(USAGE);
      System.exit(2);
    }
    sim.run(System.out);
  }

  private void parse(Deque<String> arguments) {
    while (!arguments.isEmpty()) {
      String argument = arguments.pop();
      switch (argument) {
        case "--capacity" -> capacities.add(value(argument, arguments));
        case "--named" -> named = true;
        case "--generate" ->
            generate = TraceKind.valueOf(value(argument, arguments).toUpperCase(Locale.ROOT));
        case "--mixed" -> mixed = true;
        case "--blobs" -> blobs = Integer.parseInt(value(argument, arguments));
        case "--requests" -> requests = Integer.parseInt(value(argument, arguments));
        case "--seed" -> seed = Long.parseLong(value(argument, arguments));
        default -> {
          if (file != null || (argument.startsWith("-") && !argument.equals("-"))) {
            throw new IllegalArgumentException("cache-sim: what is " + argument + "?");
          }
          file = argument;
        }
      }
    }
    if (capacities.isEmpty()) {
      capacities.addAll(List.of("2%", "10%", "40%"));
    }
    if (!named && generate == null && file == null) {
      throw new IllegalArgumentException("cache-sim: no trace");
    }
  }

  private static String value(String option, Deque<String> arguments) {
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException("cache-sim: " + option + " needs a value");
    }
    return arguments.pop();
  }

  private void run(PrintStream out) throws IOException {
    if (generate != null) {
      generate.generate(blobs, requests, mixed, seed).print(out);
      return;
    }
    out.println("hits in per cent of requests / of bytes");
    out.printf("%-12s %8s %15s %15s %15s%n", "trace", "capacity", "realize", "lru", "caffeine");
    if (file != null) {
      compare(out, file, read(file));
    }
    if (named) {
      for (TraceKind kind : TraceKind.values()) {
        String name = kind.name().toLowerCase(Locale.ROOT);
        compare(out, name + " equal", kind.generate(blobs, requests, false, seed));
        compare(out, name + " mixed", kind.generate(blobs, requests, true, seed));
      }
    }
  }

  private static RequestTrace read(String file) throws IOException {
    if (file.equals("-")) {
      return RequestTrace.read(
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
    }
    try (BufferedReader reader = Files.newBufferedReader(Path.of(file))) {
      return RequestTrace.read(reader);
    }
  }

  private void compare(PrintStream out, String name, RequestTrace trace) {
    long footprintBytes = trace.footprintBytes();
    for (String capacity : capacities) {
      long bytes = bytes(capacity, footprintBytes);
      out.printf(
          "%-12s %8s %15s %15s %15s%n",
          name,
          capacity,
          text(trace.replay(new PolicyCache(bytes))),
          text(trace.replay(new LruCache(bytes))),
          text(trace.replay(new CaffeineCache(bytes))));
    }
  }

  private static long bytes(String capacity, long footprintBytes) {
    return capacity.endsWith("%")
        ? (long)
            (Double.parseDouble(capacity.substring(0, capacity.length() - 1))
                / 100
                * footprintBytes)
        : Long.parseLong(capacity);
  }

  private static String text(HitRatios ratios) {
    return "%.1f / %.1f".formatted(ratios.requests(), ratios.bytes());
  }
}
