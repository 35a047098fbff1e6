package org.realize.sync.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyResult;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RealChange.Attributes;
import org.realize.sync.rules.PathJob;

/**
 * The effects of jobs on the files of one root. Every change goes through the {@link
 * ApplyProtocol}, so a file that is not as it was indexed stays. Thread-safe for different paths.
 */
final class PathEffects {

  private final Arena arena;
  private final ApplyProtocol protocol;

  /** The effects on the root of {@code arena}. */
  PathEffects(Arena arena, Real root) {
    this.arena = arena;
    this.protocol = root.apply();
  }

  /**
   * The change that puts a version at its path, where nothing is or a file gives way to a file.
   *
   * @param bytes of a small file; null for what is no file
   */
  RealChange put(PathState state, PathJob.RealizePath job, @Nullable ByteBuffer bytes) {
    RelativePath path = state.path();
    Version version = job.version();
    FileStat replaced = replaced(job);
    Attributes attributes = attributes(state, version);
    RealChange.Builder builder =
        made -> {
          if (bytes != null) {
            made.write(bytes.duplicate(), 0);
          }
        };
    return replaced == null
        ? new RealChange.Create(path, version, attributes, builder)
        : new RealChange.Replace(path, replaced, version, attributes, builder);
  }

  /**
   * As {@link #put}, of a large file that was collected.
   *
   * @param fetched its stat
   */
  RealChange adopt(PathState state, PathJob.RealizePath job, FileStat fetched) {
    Version version = job.version();
    return new RealChange.Adopt(
        state.path(), replaced(job), version, attributes(state, version), fetched);
  }

  /** The file that gives way in the same step. */
  private static @Nullable FileStat replaced(PathJob.RealizePath job) {
    return job.displaced().isPresent() ? null : job.indexed();
  }

  /**
   * The change that makes a directory for what lies below a name that is removed, or not marked.
   */
  RealChange directory(PathState state) {
    Attributes attributes = new Attributes(state.metadata().mode(), now());
    return new RealChange.Create(state.path(), state.shown(), attributes, _ -> {});
  }

  private FileTime now() {
    return FileTime.ofNanos(arena.time().unixMillis() * 1_000_000);
  }

  /** A new directory is open to its owner until what is in it is there. */
  private Attributes attributes(PathState state, Version version) {
    int mode = state.metadata().mode();
    return version.content() instanceof Content.Directory
        ? new Attributes(mode, now())
        : new Attributes(mode, state.metadata().mtime());
  }

  /** Makes a single change. */
  ApplyOutcome apply(RealChange change) throws IOException, RealizeException, InterruptedException {
    return protocol.apply(change);
  }

  /** Makes several changes, each by itself. */
  List<ApplyResult> applyAll(List<RealChange> changes) throws InterruptedException {
    return protocol.applyAll(changes);
  }
}
