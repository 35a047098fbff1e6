package org.realize.sync.port;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;

/**
 * The writer of the bytes of stored rows: numbers of variable length (7 bits a byte, low first),
 * hashes, text, lists. Read back by {@link RowDecoder}.
 */
public final class RowEncoder {
  private byte[] bytes = new byte[128];
  private int length;

  private void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  public RowEncoder putByte(int value) {
    room(1);
    bytes[length++] = (byte) value;
    return this;
  }

  /** A number of up to 64 bits, short when it is small and not negative. */
  public RowEncoder putNumber(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
    return this;
  }

  /** A number that is short when it is near zero on either side. */
  public RowEncoder putSigned(long value) {
    return putNumber((value << 1) ^ (value >> 63));
  }

  public RowEncoder putLong(long value) {
    room(8);
    ByteBuffer.wrap(bytes).putLong(length, value);
    length += 8;
    return this;
  }

  public RowEncoder putDouble(double value) {
    return putLong(Double.doubleToRawLongBits(value));
  }

  public RowEncoder putUuid(UUID value) {
    return putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
  }

  public RowEncoder putTime(FileTime time) {
    return putSigned(time.seconds()).putNumber(time.nanos());
  }

  /** The parts of {@code stat} but its kind and mount. */
  public RowEncoder putStat(FileStat stat) {
    putNumber(stat.sizeBytes()).putNumber(stat.mode()).putTime(stat.mtime());
    putSigned(stat.ctimeNanos()).putNumber(stat.fileKey()).putNumber(stat.device());
    return putNumber(stat.links()).putSigned(stat.birthNanos());
  }

  public RowEncoder putStore(StoreId store) {
    return putUuid(store.value());
  }

  public RowEncoder putPath(RelativePath path) {
    return putText(path.toString());
  }

  public RowEncoder putVersion(Version version) {
    switch (version.content()) {
      case Content.File(ContentHash hash, long sizeBytes) ->
          putByte('f').putHash(hash).putNumber(sizeBytes);
      case Content.Link(String target) -> putByte('l').putText(target);
      case Content.Directory() -> putByte('d');
      case Content.Absent() -> putByte('a');
    }
    putEach(
        version.vector().counters().entrySet(),
        (row, entry) -> row.putStore(entry.getKey()).putNumber(entry.getValue()));
    putOptional(version.basis(), RowEncoder::putHash);
    putOptional(version.from(), RowEncoder::putPath);
    return putByte(version.found() ? 1 : 0);
  }

  public RowEncoder putMetadata(Metadata metadata) {
    putNumber(metadata.mode()).putStamp(metadata.modeStamp());
    return putTime(metadata.mtime()).putStamp(metadata.mtimeStamp());
  }

  private RowEncoder putStamp(Stamp stamp) {
    return putSigned(stamp.counter()).putStore(stamp.store());
  }

  /** Each item, by {@code put}, after their number. */
  public <T> RowEncoder putEach(Collection<T> items, BiConsumer<RowEncoder, ? super T> put) {
    putNumber(items.size());
    items.forEach(item -> put.accept(this, item));
    return this;
  }

  /** A value that may be missing. */
  public <T> RowEncoder putOptional(@Nullable T item, BiConsumer<RowEncoder, ? super T> put) {
    putByte(item == null ? 0 : 1);
    if (item != null) {
      put.accept(this, item);
    }
    return this;
  }

  public RowEncoder putHash(ContentHash hash) {
    return putLong(hash.word0()).putLong(hash.word1()).putLong(hash.word2()).putLong(hash.word3());
  }

  public RowEncoder putRaw(byte[] value) {
    room(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
    return this;
  }

  /** Text in UTF-8 after its number of bytes. */
  public RowEncoder putText(String text) {
    byte[] value = text.getBytes(StandardCharsets.UTF_8);
    return putNumber(value.length).putRaw(value);
  }

  /** A copy of what was put so far. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }
}
