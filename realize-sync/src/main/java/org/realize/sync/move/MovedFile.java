package org.realize.sync.move;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.UndecodableNameException;

/**
 * A regular file, symbolic link or directory as its source listed it. Whatever is asked of it later
 * carries this, and is refused with {@code VersionGone} once it is another one.
 *
 * @param link the text of a symbolic link; empty for anything else
 * @param hash of a file's content, where the source knows it
 */
public record MovedFile(RelativePath path, FileStat stat, String link, @Nullable ContentHash hash) {
  private static final int OWNER = 0700;

  public MovedFile {
    if (stat.kind() == Kind.OTHER || (stat.kind() == Kind.LINK) == link.isEmpty()) {
      throw new IllegalArgumentException("'" + path + "' cannot be moved");
    }
  }

  /** A regular file or a directory. */
  public MovedFile(RelativePath path, FileStat stat) {
    this(path, stat, "", null);
  }

  /** What a disk has at a path, of this stat; empty for what cannot be moved. */
  static Optional<MovedFile> of(Disk disk, RelativePath path, FileStat stat) throws IOException {
    return switch (stat.kind()) {
      case FILE, DIRECTORY -> Optional.of(new MovedFile(path, stat));
      case LINK -> link(disk, path, stat);
      case OTHER -> Optional.empty();
    };
  }

  private static Optional<MovedFile> link(Disk disk, RelativePath path, FileStat stat)
      throws IOException {
    try {
      return Optional.of(new MovedFile(path, stat, disk.readLink(path), null));
    } catch (NoSuchFileException | NotLinkException | UndecodableNameException e) {
      return Optional.empty();
    }
  }

  /** The same with what its index says of its content. */
  MovedFile with(Content content) {
    return content instanceof Content.File file
        ? new MovedFile(path, stat, link, file.hash())
        : this;
  }

  /** True if the source knows it to have this content. */
  boolean isOf(Content content) {
    return content instanceof Content.File file && file.hash().equals(hash);
  }

  /** True for a directory. */
  public boolean isDirectory() {
    return stat.kind() == Kind.DIRECTORY;
  }

  /** The size of its bytes; 0 for what is no file. */
  public long sizeBytes() {
    return stat.kind() == Kind.FILE ? stat.sizeBytes() : 0;
  }

  /** The same directory, as long as names are made in it: its owner may do that. */
  MovedFile open() {
    return new MovedFile(path, stat.withMode(stat.mode() | OWNER), link, hash);
  }

  /** True if another directory's mode differs at most in what its owner may do. */
  boolean sharesMode(FileStat other) {
    return (other.mode() | OWNER) == (stat.mode() | OWNER);
  }
}
