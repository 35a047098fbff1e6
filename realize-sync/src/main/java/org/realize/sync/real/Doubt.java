package org.realize.sync.real;

import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;

/**
 * The reason why a place is not certainly the directory that was indexed. From a place in doubt
 * nothing is reported, and nothing in it is changed.
 *
 * @param place relative to the root
 * @param detail whose it is, where the cause needs that; else empty
 */
public record Doubt(RelativePath place, Cause cause, String detail) {

  /** The property that differs from the last certain observation. */
  public enum Cause {
    NO_DIRECTORY("there is no directory"),
    UNREADABLE("it cannot be looked at: %s"),
    RELEASED("it was released, so that its disk can be unplugged"),
    NO_ID("'.realize/id' is missing or not valid: it was emptied, replaced or is not mounted"),
    OTHER_ARENA("'.realize/id' says that it belongs to the arena '%s'"),
    OTHER_OWNER("another store owns it: %s"),
    OTHER_ID("'.realize/id' is that of another root or place"),
    OTHER_STAMP("'.realize/id' and the store are of different times: one of them was restored"),
    OTHER_DIRECTORY("another directory stands in its place, with a copy of its '.realize/id'"),
    OTHER_FILE_SYSTEM("it lies on a file system of another type than before"),
    NOT_MOUNTED("its file system is not mounted"),
    MOUNTED_OVER("a file system is mounted over it"),
    UNSETTLED("the first complete scan after a doubt is not done");

    private final String text;

    Cause(String text) {
      this.text = text;
    }
  }

  /** The cause, in one line. */
  public String text() {
    return cause.text.formatted(detail);
  }

  /** The cause, and how the user ends it. */
  public String message(ArenaName arena) {
    return text() + "; " + remedy(arena);
  }

  private String remedy(ArenaName arena) {
    String confirm =
        "'realize arena confirm %s%s' accepts it as it is"
            .formatted(arena, place.isRoot() ? "" : " " + place);
    return switch (cause) {
      case NO_DIRECTORY -> "mount or make it, then " + confirm;
      case UNREADABLE -> "it is tried again";
      case RELEASED -> "'realize resume %s' opens it again".formatted(arena);
      case UNSETTLED -> "it ends by itself";
      case OTHER_ARENA, OTHER_OWNER ->
          place.isRoot()
              ? "'realize arena adopt %s --yes' takes it over".formatted(arena)
              : confirm;
      case NOT_MOUNTED -> "mount it, or " + confirm;
      case MOUNTED_OVER -> "unmount that, or " + confirm;
      case NO_ID, OTHER_ID, OTHER_STAMP, OTHER_DIRECTORY, OTHER_FILE_SYSTEM -> confirm;
    };
  }
}
