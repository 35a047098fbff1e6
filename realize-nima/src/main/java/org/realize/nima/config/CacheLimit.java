package org.realize.nima.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A bound on what a cache may fill: so many bytes, or a share of its file system. */
public sealed interface CacheLimit {

  /** A limit in bytes. */
  record Bytes(ByteSize size) implements CacheLimit {}

  /** A share of the file system's size, 0 to 100 percent. */
  record Share(int percent) implements CacheLimit {
    public Share {
      if (percent < 0 || percent > 100) {
        throw new IllegalArgumentException(percent + "% is not between 0% and 100%");
      }
    }
  }

  /** {@code 20 GiB} or {@code 10%}; throws {@link IllegalArgumentException}. */
  static CacheLimit parse(String text) {
    Matcher share = Pattern.compile("([0-9]{1,3}) *%").matcher(text.strip());
    return share.matches()
        ? new Share(Integer.parseInt(share.group(1)))
        : new Bytes(ByteSize.parse(text));
  }

  /** As {@link #parse} reads it, a size rounded. */
  default String text() {
    return switch (this) {
      case Bytes(ByteSize size) -> size.toString();
      case Share(int percent) -> percent + "%";
    };
  }

  /** The bound in bytes on a file system of {@code totalBytes}. */
  default long bytesOf(long totalBytes) {
    return switch (this) {
      case Bytes(ByteSize size) -> size.bytes();
      case Share(int percent) -> totalBytes / 100 * percent;
    };
  }
}
