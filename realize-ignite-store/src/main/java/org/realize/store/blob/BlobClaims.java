package org.realize.store.blob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer of blob ranges. Invariant: a committed range is durable. Adding a range syncs the file
 * first; removing one updates the row before the bytes. Thread-safe; one commit runs at a time,
 * under a lock of its own: a disk reports a failed sync once, so two of one file must not overlap.
 */
final class BlobClaims {

  /** Unsynced bytes of one blob that start a claim. */
  static final long MAX_PENDING_BYTES = 64L << 20;

  /** Blobs kept open only until their bytes are claimed that start a claim. */
  static final int MAX_IDLE = 256;

  private static final Logger LOG = LoggerFactory.getLogger(BlobClaims.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final OpenBlobs blobs;
  private final BlobOpener opener;
  private final BlobTotals totals;
  private final ReentrantLock claiming = new ReentrantLock();
  private final AtomicBoolean started = new AtomicBoolean();

  BlobClaims(
      BlobTable table,
      BlobDirectory directory,
      OpenBlobs blobs,
      BlobOpener opener,
      BlobTotals totals) {
    this.table = table;
    this.directory = directory;
    this.blobs = blobs;
    this.opener = opener;
    this.totals = totals;
  }

  /** So much of a blob is pending by now. */
  void pending(long bytes) {
    if (bytes >= MAX_PENDING_BYTES) {
      start();
    }
  }

  /** A blob is open only until its bytes are claimed. */
  void idle() {
    if (blobs.idleCount() > MAX_IDLE) {
      start();
    }
  }

  /** Claims on a thread of its own, at most one of them at a time. */
  private void start() {
    if (started.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("blob-claim")
          .start(() -> {
            try {
              claimAll();
            } catch (RealizeException e) {
              LOG.warn("cached bytes could not be made durable: {}", e.oneLine());
            } finally {
              started.set(false);
            }
          });
    }
  }

  void claim(SparseBlob blob) throws RealizeException {
    if (blobs.retain(blob)) {
      try {
        claim(List.of(blob));
      } finally {
        opener.release(blob);
      }
    }
  }

  /**
   * Claims all that is pending in any blob. When it returns, no other round holds a blob: what was
   * deleted meanwhile is gone.
   */
  void claimAll() throws RealizeException {
    claiming.lock();
    try {
      List<SparseBlob> all = blobs.retainPending();
      try {
        claim(all);
      } finally {
        all.forEach(opener::release);
      }
    } finally {
      claiming.unlock();
    }
  }

  /** A blob whose bytes are durable, and what it takes. */
  private record Forced(SparseBlob blob, SparseBlob.Room room) {}

  private void claim(List<SparseBlob> pending) throws RealizeException {
    claiming.lock();
    try {
      List<Forced> forced = new ArrayList<>();
      List<BlobTable.Claim> claims = new ArrayList<>();
      RealizeException failure = null;
      for (SparseBlob blob : pending) {
        try {
          ByteRanges ranges = blob.force();
          if (!ranges.isEmpty()) {
            SparseBlob.Room room = blob.room();
            forced.add(new Forced(blob, room));
            claims.add(new BlobTable.Claim(blob.row(), ranges, room.bytes()));
          }
        } catch (IOException e) {
          failure = joined(failure, BlobFailures.of("force", blob.row(), e));
        }
      }
      note(forced, claims);
      if (failure != null) {
        throw failure;
      }
    } finally {
      claiming.unlock();
    }
  }

  private void note(List<Forced> forced, List<BlobTable.Claim> claims) throws RealizeException {
    if (claims.isEmpty()) {
      return;
    }
    try {
      directory.forceNames();
    } catch (IOException e) {
      throw BlobFailures.of("force the names of blobs", e);
    }
    table.claim(claims);
    for (int i = 0; i < forced.size(); i++) {
      BlobTable.Claim claim = claims.get(i);
      Forced each = forced.get(i);
      totals.claimed(each.blob(), each.blob().claimed(claim.ranges()), each.room());
    }
  }

  private static RealizeException joined(@Nullable RealizeException first, RealizeException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  /** Takes back a range of a blob that the caller has open. */
  void takeBack(SparseBlob blob, ByteRange range) throws RealizeException {
    claiming.lock();
    try {
      ByteRanges wrong = ByteRanges.of(range.startBytes(), range.endBytes());
      long before = blob.claimedBytes();
      table.distrust(blob.row(), wrong);
      table.force(); // else a power cut could bring the claim back, and not the bytes
      blob.distrust(wrong);
      totals.claimed(blob, blob.claimedBytes() - before, blob.room());
    } catch (IOException e) {
      throw BlobFailures.of("forget wrong bytes of", blob.row(), e);
    } finally {
      claiming.unlock();
    }
  }
}
