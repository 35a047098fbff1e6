package org.realize.sync.port;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;

/** The reader of what a {@link RowEncoder} wrote, in the same order. */
public final class RowDecoder {
  private final byte[] bytes;
  private int at;

  public RowDecoder(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Reads a row whose first byte is the version of its layout. */
  public static RowDecoder ofRow(byte[] row, int version) {
    RowDecoder decoder = new RowDecoder(row);
    int found = decoder.getByte();
    if (found != version) {
      throw new IllegalStateException("a row of version " + found + " instead of " + version);
    }
    return decoder;
  }

  public int getByte() {
    return bytes[at++];
  }

  public long getNumber() {
    long value = 0;
    int shift = 0;
    while (true) {
      byte next = bytes[at++];
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
      shift += 7;
    }
  }

  public int getInt() {
    return Math.toIntExact(getNumber());
  }

  public long getSigned() {
    long value = getNumber();
    return (value >>> 1) ^ -(value & 1);
  }

  public long getLong() {
    long value = ByteBuffer.wrap(bytes).getLong(at);
    at += 8;
    return value;
  }

  public double getDouble() {
    return Double.longBitsToDouble(getLong());
  }

  public UUID getUuid() {
    return new UUID(getLong(), getLong());
  }

  public FileTime getTime() {
    return new FileTime(getSigned(), getInt());
  }

  /** A file of this kind with the parts that {@link RowEncoder#putStat} put; its mount is 0. */
  public FileStat getStat(FileStat.Kind kind) {
    return new FileStat(
        kind,
        getNumber(),
        getInt(),
        getTime(),
        getSigned(),
        getNumber(),
        getNumber(),
        getInt(),
        getSigned(),
        0);
  }

  public StoreId getStore() {
    return new StoreId(getUuid());
  }

  public RelativePath getPath() {
    return RelativePath.of(getText());
  }

  public Version getVersion() {
    Content content = getContent();
    Map<StoreId, Long> counters = new TreeMap<>();
    getEach(row -> Map.entry(row.getStore(), row.getNumber()))
        .forEach(entry -> counters.put(entry.getKey(), entry.getValue()));
    return new Version(
        content,
        VersionVector.of(counters),
        getOptional(RowDecoder::getHash),
        getOptional(RowDecoder::getPath),
        getByte() == 1);
  }

  private Content getContent() {
    int kind = getByte();
    return switch (kind) {
      case 'f' -> new Content.File(getHash(), getNumber());
      case 'l' -> new Content.Link(getText());
      case 'd' -> new Content.Directory();
      case 'a' -> new Content.Absent();
      default -> throw new IllegalStateException("no kind of content: " + kind);
    };
  }

  public Metadata getMetadata() {
    return new Metadata(getInt(), getStamp(), getTime(), getStamp());
  }

  private Stamp getStamp() {
    return new Stamp(getSigned(), getStore());
  }

  /** The items of {@link RowEncoder#putEach}, in its order. */
  public <T> List<T> getEach(Function<RowDecoder, T> get) {
    List<T> items = new ArrayList<>();
    for (int left = getInt(); left > 0; left--) {
      items.add(get.apply(this));
    }
    return items;
  }

  /** Null where it is missing. */
  public <T> @Nullable T getOptional(Function<RowDecoder, T> get) {
    return getByte() == 0 ? null : get.apply(this);
  }

  public ContentHash getHash() {
    return new ContentHash(getLong(), getLong(), getLong(), getLong());
  }

  public String getText() {
    int length = getInt();
    at += length;
    return new String(bytes, at - length, length, StandardCharsets.UTF_8);
  }

  public boolean hasMore() {
    return at < bytes.length;
  }

  /** Everything that was not read yet. */
  public byte[] getRest() {
    byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
    at = bytes.length;
    return rest;
  }
}
