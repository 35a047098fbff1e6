package org.realize.sync.engine;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Finding;
import org.realize.sync.port.TimeSource;
import org.realize.sync.transfer.Throttle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all cached bytes of an arena once more, slowly, so that bits that have turned on the disk
 * are found while peers still have the right ones. What is wrong is absent from then on; the user
 * is told. Used by one thread.
 */
public final class Scrub {

  private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

  /** Blobs of one read of the table. */
  private static final int PAGE = 100;

  /** Where a finding's subject begins, before the path. */
  private static final String SUBJECT = "cache of ";

  private final ArenaStore store;
  private final BlobCheck check;
  private final TimeSource time;

  public Scrub(ArenaStore store, BlobStore blobs, Throttle throttle, TimeSource time) {
    this.store = store;
    this.check = new BlobCheck(store, blobs, throttle);
    this.time = time;
  }

  /** Checks every blob once; what was found wrong at the last pass and is not now is forgotten. */
  public BlobCheck.Found pass() throws RealizeException, InterruptedException {
    Set<String> wrong = new HashSet<>();
    long checkedBytes = 0;
    long wrongBytes = 0;
    for (long next = BlobPage.START; next != BlobPage.END; ) {
      long after = next;
      BlobPage page = store.read(reader -> reader.blobPage(after, PAGE));
      for (BlobInfo blob : page.blobs()) {
        if (blob.availableBytes() == 0) {
          continue;
        }
        BlobCheck.Found found = check.check(blob.hash());
        checkedBytes += found.checkedBytes();
        wrongBytes += found.wrongBytes();
        if (found.wrongBytes() > 0) {
          wrong.add(tell(blob, found));
        }
      }
      next = page.next();
    }
    forgetAllBut(wrong);
    return new BlobCheck.Found(checkedBytes, wrongBytes);
  }

  /** Returns the finding's subject. */
  private String tell(BlobInfo blob, BlobCheck.Found found) throws RealizeException {
    List<RelativePath> paths = store.read(reader -> reader.blobReferences(blob.hash(), 1));
    String name = paths.isEmpty() ? blob.hash().hex8() : "'" + paths.getFirst() + "'";
    String cause = "%,d cached bytes had changed on the disk".formatted(found.wrongBytes());
    LOG.warn("arena {}: cache of {}: {}", store.arena(), name, cause);
    String subject = SUBJECT + name;
    store.write(writer -> {
      writer.putFinding(
          new Finding(
              Finding.Kind.FAILED,
              subject,
              cause + "; they are fetched again when they are needed, if a peer has them",
              time.unixMillis()));
      return subject;
    });
    return subject;
  }

  private void forgetAllBut(Set<String> subjects) throws RealizeException {
    List<String> over =
        store.read(reader -> reader.findings(Integer.MAX_VALUE)).stream()
            .map(Finding::subject)
            .filter(subject -> subject.startsWith(SUBJECT) && !subjects.contains(subject))
            .toList();
    if (!over.isEmpty()) {
      store.write(writer -> {
        for (String subject : over) {
          writer.removeFinding(Finding.Kind.FAILED, subject);
        }
        return over;
      });
    }
  }
}
