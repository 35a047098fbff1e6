package org.realize.sync.port;

import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * A kind of small rows in a store: a name and the layout of their values, declared once by the
 * class that keeps them. A kind has either one row or, by {@link #at}, one row for each of several
 * keys. The first byte of a row is the version of its layout, and one of another version cannot be
 * read. Immutable.
 *
 * @param <T> the values
 */
public final class Rows<T> {

  private final String name;
  private final int version;
  private final BiConsumer<RowEncoder, ? super T> encode;
  private final Function<RowDecoder, ? extends T> decode;

  private Rows(
      String name,
      int version,
      BiConsumer<RowEncoder, ? super T> encode,
      Function<RowDecoder, ? extends T> decode) {
    this.name = Objects.requireNonNull(name, "name");
    this.version = version;
    this.encode = encode;
    this.decode = decode;
  }

  /**
   * Declares rows.
   *
   * @param name unique among all kinds of rows, by convention {@code owner.content}
   * @param version of the layout that {@code encode} writes and {@code decode} reads, 1 to 127
   */
  public static <T> Rows<T> of(
      String name,
      int version,
      BiConsumer<RowEncoder, ? super T> encode,
      Function<RowDecoder, ? extends T> decode) {
    return new Rows<>(name, version, encode, decode);
  }

  /** Declares rows of lists: their number of items, then each item by {@code encode}. */
  public static <E> Rows<List<E>> ofLists(
      String name,
      int version,
      BiConsumer<RowEncoder, ? super E> encode,
      Function<RowDecoder, E> decode) {
    return of(name, version, (out, items) -> out.putEach(items, encode), in -> in.getEach(decode));
  }

  /** Rows that say something by being there alone. */
  public static Rows<Boolean> flag(String name) {
    return new Rows<>(name, 1, (out, value) -> {}, in -> true);
  }

  /** The row of {@code key}, told from those of other keys by its text. */
  public Rows<T> at(Object key) {
    return new Rows<>(name + "/" + key, version, encode, decode);
  }

  /** The name that a store keeps the row under. */
  public String name() {
    return name;
  }

  /** The bytes of {@code value}. */
  public byte[] encode(T value) {
    RowEncoder out = new RowEncoder().putByte(version);
    encode.accept(out, value);
    return out.toBytes();
  }

  /** The value of {@code row}; throws {@link IllegalStateException} for another version's bytes. */
  public T decode(byte[] row) {
    return decode.apply(RowDecoder.ofRow(row, version));
  }

  @Override
  public String toString() {
    return name;
  }
}
