package org.realize.sync.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.realize.sync.model.FileTime;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;

/** An inode of a {@link MemoryDisk}; guarded by the disk's monitor. */
abstract sealed class MemoryItem {

  /** The attributes beside kind, size and links. */
  record Attributes(int mode, FileTime mtime, long ctimeNanos) {}

  final long fileKey;
  final long birthNanos;
  int links;
  Attributes attributes;
  Attributes durableAttributes;

  private MemoryItem(long fileKey, Attributes attributes) {
    this.fileKey = fileKey;
    this.birthNanos = attributes.ctimeNanos;
    this.attributes = attributes;
    this.durableAttributes = attributes;
  }

  abstract Kind kind();

  abstract long sizeBytes();

  /** As a file system that keeps all but files in their inodes. */
  long allocatedBytes() {
    return 0;
  }

  FileStat stat(long device, long mount) {
    return new FileStat(
        kind(),
        sizeBytes(),
        attributes.mode,
        attributes.mtime,
        attributes.ctimeNanos,
        fileKey,
        device,
        links,
        birthNanos,
        mount);
  }

  void powerCut(RandomGenerator random) {
    attributes = random.nextBoolean() ? attributes : durableAttributes;
    durableAttributes = attributes;
  }

  /** A regular file. */
  static final class File extends MemoryItem {
    final SparseBytes bytes = new SparseBytes();
    int handles;
    int writers;
    long readNanos;

    /** Open files of users, which a kill does not close. */
    int held;

    /** A mapping has stored to pages that were not written back since. */
    boolean hasStores;

    File(long fileKey, Attributes attributes) {
      super(fileKey, attributes);
      readNanos = birthNanos;
    }

    @Override
    Kind kind() {
      return Kind.FILE;
    }

    @Override
    long sizeBytes() {
      return bytes.sizeBytes();
    }

    @Override
    long allocatedBytes() {
      return (long) bytes.pages() * SparseBytes.PAGE_BYTES;
    }

    void force() {
      hasStores = false;
      bytes.force();
      durableAttributes = attributes;
    }

    @Override
    void powerCut(RandomGenerator random) {
      super.powerCut(random);
      bytes.powerCut(random);
    }
  }

  /** A directory: its names now, and those that a power cut cannot take any more. */
  static final class Directory extends MemoryItem {
    final Map<String, MemoryItem> names = new TreeMap<>();
    final Map<String, MemoryItem> durableNames = new TreeMap<>();
    final List<String> undecodable = new ArrayList<>();

    Directory(long fileKey, Attributes attributes) {
      super(fileKey, attributes);
    }

    @Override
    Kind kind() {
      return Kind.DIRECTORY;
    }

    @Override
    long sizeBytes() {
      return SparseBytes.PAGE_BYTES;
    }

    boolean isEmpty() {
      return names.isEmpty() && undecodable.isEmpty();
    }
  }

  /** A symbolic link. */
  static final class Link extends MemoryItem {
    final String target;

    Link(long fileKey, Attributes attributes, String target) {
      super(fileKey, attributes);
      this.target = target;
    }

    @Override
    Kind kind() {
      return Kind.LINK;
    }

    @Override
    long sizeBytes() {
      return target.length();
    }
  }

  /** A fifo. */
  static final class Other extends MemoryItem {
    Other(long fileKey, Attributes attributes) {
      super(fileKey, attributes);
    }

    @Override
    Kind kind() {
      return Kind.OTHER;
    }

    @Override
    long sizeBytes() {
      return 0;
    }
  }
}
