package org.realize.sync.port;

/**
 * The use of a blob. The row in the table is up to some minutes old.
 *
 * @param area the queue that it stands in
 * @param units how often it was used, in units of 128 KiB served, as of {@code generation}
 * @param generation of the policy's counts
 * @param place its place among all: who was used later has the higher one
 */
public record BlobUse(Area area, int units, int generation, long place) {

  /** The queues of a cache. The numbers are part of the table's format. */
  public enum Area {
    /** What is new, in the order of its last use. */
    WORKING(0),
    /** What was used often enough for its size, or is wanted by a mark. */
    PROTECTED(1),
    /** What goes as soon as room is needed, and may serve until then. */
    PENDING(2);

    private final int code;

    Area(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }

    /** The area of a {@link #code}; throws {@link IllegalArgumentException} when there is none. */
    public static Area of(int code) {
      for (Area area : values()) {
        if (area.code == code) {
          return area;
        }
      }
      throw new IllegalArgumentException("no area has the code " + code);
    }
  }

  /** Of a blob that was never used. */
  public static final BlobUse NONE = new BlobUse(Area.WORKING, 0, 0, 0);
}
