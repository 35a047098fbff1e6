package org.realize.sync.index;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;

/**
 * The files that are being hashed. Small ones belong to the run that submits them, which waits for
 * their results. Files of {@value Hashers#LARGE_BYTES} bytes and more outlive their run: they wait
 * here, in a lane of the {@link Hashers} of their own, and a later run commits them. So neither the
 * queue nor the hashing of large files holds up other names.
 *
 * <p>Owned by the indexer's thread; the jobs run on the hashers' threads.
 */
final class FileHashing {

  /** More large files than this are looked at again instead of waiting. */
  static final int MAX_LARGE = 10_000;

  /**
   * A large file on its way to a hash.
   *
   * @param base the state that it is compared with
   * @param found the run that saw it was the first scan
   */
  record Large(
      RelativePath path, @Nullable PathState base, boolean found, Future<Conclusion> conclusion) {}

  private final IndexedRoot root;
  private final Hashers hashers;
  private final Queue<FileHasher> idle = new ConcurrentLinkedQueue<>();
  private final Map<RelativePath, Large> large = new TreeMap<>();

  FileHashing(IndexedRoot root, Hashers hashers) {
    this.root = root;
    this.hashers = hashers;
  }

  static boolean isLarge(FileStat stat) {
    return stat.sizeBytes() >= Hashers.LARGE_BYTES;
  }

  /** Starts to hash {@code path} as soon as a hasher is free. */
  Future<Conclusion> start(
      RelativePath path, FileStat stat, @Nullable PathState state, boolean isRestless) {
    return hashers.submit(
        stat.sizeBytes(),
        () -> {
          FileHasher pooled = idle.poll();
          FileHasher hasher = pooled != null ? pooled : new FileHasher(root, hashers);
          Conclusion conclusion = hasher.hash(path, state, isRestless);
          idle.add(hasher);
          return conclusion;
        });
  }

  /** True if a hash of {@code path} is under way: its result says whether it changed since. */
  boolean isWaiting(RelativePath path) {
    return large.containsKey(path);
  }

  /** Keeps a large file until its hash is there; false if too many are kept. */
  boolean keep(Large file) {
    if (large.size() >= MAX_LARGE) {
      return false;
    }
    large.put(file.path(), file);
    return true;
  }

  /** Takes the large files whose hashes are there. */
  List<Large> takeDone() {
    List<Large> done = new ArrayList<>();
    for (Iterator<Large> all = large.values().iterator(); all.hasNext(); ) {
      Large file = all.next();
      if (file.conclusion().isDone()) {
        all.remove();
        done.add(file);
      }
    }
    return done;
  }

  /** Large files that wait for their hashes. */
  int waiting() {
    return large.size();
  }

  /** True if one of them is an indexed file at or below {@code path}. */
  boolean isWaitingBelow(RelativePath path) {
    return large.values().stream()
        .anyMatch(file ->
            path.contains(file.path()) && file.base() != null && file.base().realStat() != null);
  }

  /** True if one of them was seen by the first scan, which is then not complete. */
  boolean hasFound() {
    return large.values().stream().anyMatch(Large::found);
  }
}
