package org.realize.nima.control;

import org.jspecify.annotations.Nullable;

/**
 * One line of what happens to the jobs of arenas.
 *
 * @param path the arena's name and the path in it; null where it is about all
 * @param work download, announce, realize, attributes, remove or unrealize; null where it is not
 *     known, or about all
 * @param bytes of the file that is made or fetched
 * @param doneBytes of it that are here
 * @param message the cause of a failure; null where there is nothing to say
 * @param count how many events were left out, or how many paths are left to do
 */
public record JobEvent(
    JobEventKind kind,
    @Nullable String path,
    @Nullable String work,
    long bytes,
    long doneBytes,
    @Nullable String message,
    long count) {

  /** The kind of an event. */
  public enum JobEventKind {
    BEGUN,
    /** Sent about twice a second of what takes longer. */
    PROGRESS,
    DONE,
    /** The path has changed meanwhile, and is planned again. */
    CHANGED,
    /** No peer that has the content is connected. */
    WAITING,
    FAILED,
    /** The user cancelled it, or a pause began; what was collected stays. */
    STOPPED,
    /** So many events were left out: there were too many at once. */
    LEFT_OUT,
    /** So many paths, {@code bytes} of files, are left to do; also when nothing happens. */
    LEFT
  }
}
