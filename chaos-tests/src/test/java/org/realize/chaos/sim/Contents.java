package org.realize.chaos.sim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;

/** The names of a household, and the bytes of all files that it has seen, by hash. */
final class Contents {

  /** Two blocks and some bytes. */
  private static final int BLOCKS_BYTES = 2 * TreeShape.BLOCK_BYTES + 100;

  /** More than is fetched into memory. */
  private static final int LARGE_BYTES = 8 * TreeShape.BLOCK_BYTES + 1_000;

  private final List<RelativePath> names = new ArrayList<>(Users.PATHS);
  private final Map<ContentHash, byte[]> bytes = new HashMap<>();
  private final Map<ByteBuffer, Content.File> files = new HashMap<>();

  /** Groups of contents of one file, of which a power cut or a kill may have left a mixture. */
  private final List<List<byte[]>> torn = new ArrayList<>();

  private int made;

  /** Those that users write to, and those that their choices made. */
  List<RelativePath> names() {
    return Collections.unmodifiableList(names);
  }

  /** Adds the name that a choice may give to a file beside another one, which it returns. */
  RelativePath nameBeside(RelativePath path, Content.File file) {
    String text = "%s (%s)".formatted(path, file.hash().toString().substring(0, 8));
    RelativePath name = RelativePath.of(text);
    if (!names.contains(name)) {
      names.add(name);
    }
    return name;
  }

  /** Bytes that were never there before, now and then of several blocks. */
  Content.File fresh() {
    int number = made++;
    int size = number % 23 == 7 ? LARGE_BYTES : number % 7 == 3 ? BLOCKS_BYTES : 0;
    return file("file " + number, size);
  }

  /** Bytes that come up again and again. */
  Content.File common(int which) {
    int number = Math.floorMod(which, 3);
    return file("common " + number, number == 0 ? BLOCKS_BYTES : 0);
  }

  /** One of two editions of a file of the tree that the disks of some households begin with. */
  Content.File old(RelativePath path, int edition) {
    return file("old " + path + " " + Math.floorMod(edition, 2));
  }

  private Content.File file(String text) {
    return file(text, 0);
  }

  /** A file that begins with a text, of at least so many bytes, no block of which is another's. */
  private Content.File file(String text, int size) {
    byte[] begin = text.getBytes(StandardCharsets.UTF_8);
    byte[] all = Arrays.copyOf(begin, Math.max(begin.length, size));
    for (int at = TreeShape.BLOCK_BYTES; at < all.length; at += TreeShape.BLOCK_BYTES) {
      System.arraycopy(begin, 0, all, at, Math.min(begin.length, all.length - at));
      all[at - 1] = (byte) (at / TreeShape.BLOCK_BYTES);
    }
    return put(all);
  }

  private Content.File put(byte[] all) {
    ContentHash hash = TreeHasher.hash(all);
    Content.File file = new Content.File(hash, all.length);
    bytes.put(hash, all);
    files.put(ByteBuffer.wrap(all), file);
    return file;
  }

  /** The file of bytes that a program left. */
  Content.File written(byte[] all) {
    Content.File known = files.get(ByteBuffer.wrap(all));
    return known == null ? put(all) : known;
  }

  /** What a file was, one after the other, of which a mixture may be left. */
  void mayTear(List<byte[]> since) {
    torn.add(List.copyOf(since));
  }

  private boolean isTorn(byte[] read) {
    return torn.stream().anyMatch(since -> isMixture(read, since));
  }

  /** True if each byte is one that it was; of a size alone zeros may be left. */
  static boolean isMixture(byte[] read, List<byte[]> since) {
    boolean isRight = since.stream().anyMatch(each -> each.length == read.length);
    for (int i = 0; isRight && i < read.length; i++) {
      int at = i;
      isRight =
          read[at] == 0
              || since.stream().anyMatch(each -> at < each.length && each[at] == read[at]);
    }
    return isRight;
  }

  /** The file of these bytes, which were seen before, or are a mixture of some that were. */
  Content.File file(byte[] read) {
    if (!files.containsKey(ByteBuffer.wrap(read)) && isTorn(read)) {
      return put(read.clone());
    }
    return Objects.requireNonNull(files.get(ByteBuffer.wrap(read)), "bytes that were never seen");
  }

  byte[] bytes(Content.File file) {
    return Objects.requireNonNull(bytes.get(file.hash()), "bytes that were never seen");
  }
}
