package org.realize.sync.real;

import java.io.IOException;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;

/**
 * The names of a root that its file system takes for one another, because it ignores case or
 * changes the normalisation of Unicode. Thread-safe; asks nothing of a root whose file system does
 * neither.
 */
public final class FoldedNames {
  private final Disk disk;
  private final boolean folds;

  public FoldedNames(Disk disk, RootCapabilities capabilities) {
    this.disk = disk;
    this.folds = !capabilities.caseSensitive() || !capabilities.keepsNormalisation();
  }

  /**
   * The path that is there instead of {@code path}, or instead of a directory above it; empty if
   * every part that is there is written like this. Cost: the listing of each directory above it.
   */
  public Optional<RelativePath> inPlaceOf(RelativePath path) throws IOException {
    RelativePath directory = RelativePath.ROOT;
    for (String part : folds ? path.parts() : List.<String>of()) {
      RelativePath asked = directory.child(part);
      if (disk.stat(asked).isEmpty()) {
        return Optional.empty();
      }
      List<String> names = disk.list(directory).names();
      if (!names.contains(part)) {
        return names.stream()
            .filter(name -> folded(name).equals(folded(part)))
            .findFirst()
            .map(directory::child);
      }
      directory = asked;
    }
    return Optional.empty();
  }

  private static String folded(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFD)
        .toUpperCase(Locale.ROOT)
        .toLowerCase(Locale.ROOT);
  }
}
