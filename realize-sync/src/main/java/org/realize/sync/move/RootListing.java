package org.realize.sync.move;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.PlaceId;

/**
 * A page of the files, links and directories below a root. Names are in their order, and a
 * directory is followed by all that is below it. Used once, by one thread.
 */
final class RootListing {
  private final Disk disk;
  private final Optional<RelativePath> after;
  private final int max;
  private final List<MovedFile> found = new ArrayList<>();

  RootListing(Disk disk, Optional<RelativePath> after, int max) {
    this.disk = disk;
    this.after = after;
    this.max = max;
  }

  List<MovedFile> run() throws IOException {
    walk(RelativePath.ROOT);
    return found;
  }

  /** The order of a walk: a slash comes before all that a name can have at its place. */
  static int compare(RelativePath one, RelativePath other) {
    String a = one.toString();
    String b = other.toString();
    int shared = Math.min(a.length(), b.length());
    for (int i = 0; i < shared; i++) {
      char left = a.charAt(i);
      char right = b.charAt(i);
      if (left != right) {
        return left == '/' ? -1 : right == '/' ? 1 : Character.compare(left, right);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private boolean isListed(RelativePath path) {
    return after.isPresent() && compare(path, after.get()) <= 0;
  }

  private void walk(RelativePath directory) throws IOException {
    List<Disk.Entry> entries = new ArrayList<>(disk.entries(directory).complete());
    entries.sort(Comparator.comparing(Disk.Entry::name));
    for (Disk.Entry entry : entries) {
      if (found.size() == max) {
        return;
      }
      RelativePath path = directory.child(entry.name());
      if (entry.name().equals(PlaceId.OWN_DIRECTORY)) {
        continue;
      }
      if (!isListed(path)) {
        MovedFile.of(disk, path, entry.stat()).ifPresent(found::add);
      }
      if (entry.stat().kind() == FileStat.Kind.DIRECTORY && mayHoldMore(path)) {
        walk(path);
      }
    }
  }

  private boolean mayHoldMore(RelativePath directory) {
    return after.isEmpty()
        || directory.contains(after.get())
        || compare(after.get(), directory) < 0;
  }
}
