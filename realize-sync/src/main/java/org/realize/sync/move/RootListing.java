package org.realize.sync.move;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;

/** A page of the regular files below a root, in the order of paths. Used once, by one thread. */
final class RootListing {
  private static final RelativePath OWN = RelativePath.of(".realize");

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

  /** Directories sort as their paths with a slash behind, so that a walk in order is one. */
  private static String sortKey(Disk.Entry entry) {
    return entry.stat().kind() == FileStat.Kind.DIRECTORY ? entry.name() + "/" : entry.name();
  }

  private void walk(RelativePath directory) throws IOException {
    List<Disk.Entry> entries = new ArrayList<>(disk.entries(directory).complete());
    entries.sort(Comparator.comparing(RootListing::sortKey));
    for (Disk.Entry entry : entries) {
      if (found.size() == max) {
        return;
      }
      RelativePath path = directory.child(entry.name());
      switch (entry.stat().kind()) {
        case DIRECTORY -> {
          if (!path.equals(OWN) && mayHoldMore(path)) {
            walk(path);
          }
        }
        case FILE -> {
          if (after.isEmpty() || after.get().compareTo(path) < 0) {
            found.add(new MovedFile(path, entry.stat()));
          }
        }
        case LINK, OTHER -> {}
      }
    }
  }

  private boolean mayHoldMore(RelativePath directory) {
    return after.isEmpty()
        || directory.contains(after.get())
        || after.get().toString().compareTo(directory + "/") < 0;
  }
}
