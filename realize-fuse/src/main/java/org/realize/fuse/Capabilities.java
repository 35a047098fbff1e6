package org.realize.fuse;

import java.time.Duration;

/**
 * The abilities of a driver. The contract's tests hold each driver to its row.
 *
 * @param seekData lseek(2) with SEEK_DATA and SEEK_HOLE is answered by the view; otherwise the
 *     kernel takes the whole file as data
 * @param seekableListing seekdir(3) goes on at a cursor of the view, whatever changed meanwhile;
 *     otherwise a listing is taken as a whole when it is opened
 * @param keepsVersions an open file keeps its whole version after its name got another one;
 *     otherwise the kernel takes the new version's size for it: a shorter one cuts it off, and
 *     reading to the end of what a longer one replaced is ESTALE
 * @param notifies the kernel is notified of changes; otherwise it asks again after {@code
 *     changeShown}
 * @param passthrough the kernel can read local files itself, as root on Linux 6.9 or newer
 * @param changeShown the longest time until a change is seen through the mount
 */
public record Capabilities(
    boolean seekData,
    boolean seekableListing,
    boolean keepsVersions,
    boolean notifies,
    boolean passthrough,
    Duration changeShown) {

  static Capabilities of(Driver driver) {
    return switch (driver) {
      case KERNEL -> new Capabilities(true, true, true, true, true, Duration.ofSeconds(1));
      case LIBFUSE -> new Capabilities(false, true, false, false, false, Duration.ofSeconds(1));
    };
  }
}
