package org.realize.chaos.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.realize.sync.delta.Delta;
import org.realize.sync.delta.DeltaEncoder;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.RealizeException;

/** A bench of signature, delta and application of a changed file, beside rdiff. */
final class DeltaBench {
  private static final int PIECE = 1 << 18;
  private static final Pattern TIME = Pattern.compile("([0-9]+)m([0-9.]+)s");

  private DeltaBench() {}

  static List<Figure> run(Path work, long bytes, int runs)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(work.resolve("delta"));
    Path old = directory.resolve("old");
    Path now = directory.resolve("new");
    BenchMachine.makeFile(old, bytes, 7);
    Edits.make(old, now, 11);
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      theirs.add(
          cpuSecondsOfChildren(
              directory,
              "rm -f sig delta made; rdiff signature old sig && rdiff delta sig new delta"
                  + " && rdiff patch old delta made && cmp new made"));
      long begin = processCpuNanos();
      transfer(directory);
      ours.add((processCpuNanos() - begin) / 1e9);
      if (Files.mismatch(now, directory.resolve("ours")) >= 0) {
        throw new IOException("the delta made other bytes");
      }
    }
    return List.of(
        Figure.beside(
            "CPU: signature, delta, patch of " + (bytes >> 20) + " MiB, 1 % changed",
            BenchMachine.median(ours),
            "s",
            "rdiff",
            BenchMachine.median(theirs),
            "<= 1 x"),
        Figure.beside(
            "size of that delta",
            Files.size(directory.resolve("our-delta")) / 1e6,
            "MB",
            "rdiff",
            Files.size(directory.resolve("delta")) / 1e6,
            "<= 1.02 x"));
  }

  /** Makes {@code ours} out of {@code old} by way of {@code our-delta}, in bounded memory. */
  private static void transfer(Path directory) throws IOException {
    Path old = directory.resolve("old");
    Path delta = directory.resolve("our-delta");
    long size = Files.size(old);
    byte[] piece = new byte[PIECE];
    Signature.Builder builder = new Signature.Builder(size);
    try (InputStream in = Files.newInputStream(old)) {
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        builder.update(piece, 0, count);
      }
    }
    List<Integer> lengths = new ArrayList<>();
    try (InputStream in = Files.newInputStream(directory.resolve("new"));
        OutputStream out = Files.newOutputStream(delta)) {
      DeltaEncoder encoder =
          new DeltaEncoder(
              builder.finish(),
              encoded -> {
                lengths.add(encoded.length);
                out.write(encoded);
              });
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        encoder.update(piece, 0, count);
      }
      encoder.finish();
    }
    try (InputStream in = Files.newInputStream(delta);
        FileChannel source = FileChannel.open(old);
        OutputStream out = Files.newOutputStream(directory.resolve("ours"))) {
      byte[] target = new byte[Delta.MAX_TARGET_BYTES];
      for (int length : lengths) {
        Delta decoded = Delta.decode(in.readNBytes(length), size);
        decoded.apply((at, into, from, count) -> read(source, at, into, from, count), target, 0);
        out.write(target, 0, decoded.targetBytes());
      }
    } catch (RealizeException e) {
      throw new IOException(e.oneLine(), e);
    }
  }

  private static void read(FileChannel source, long at, byte[] into, int from, int count)
      throws IOException {
    ByteBuffer room = ByteBuffer.wrap(into, from, count);
    while (room.hasRemaining()) {
      if (source.read(room, at + room.position() - from) < 0) {
        throw new IOException("the old file ended early");
      }
    }
  }

  private static long processCpuNanos() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }

  /** Runs a script and returns the CPU time of what it ran: the second line that times prints. */
  private static double cpuSecondsOfChildren(Path directory, String script)
      throws IOException, InterruptedException {
    Path times = directory.resolve("times");
    Process process =
        new ProcessBuilder("bash", "-c", script + " && times > times")
            .directory(directory.toFile())
            .inheritIO()
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("exited " + process.exitValue() + ": " + script);
    }
    Matcher children = TIME.matcher(Files.readAllLines(times, StandardCharsets.UTF_8).get(1));
    double seconds = 0;
    while (children.find()) {
      seconds += 60 * Double.parseDouble(children.group(1)) + Double.parseDouble(children.group(2));
    }
    return seconds;
  }
}
