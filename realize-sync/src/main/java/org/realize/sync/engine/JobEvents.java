package org.realize.sync.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.realize.sync.model.RelativePath;

/** The listeners of the jobs of one arena, as they begin and end. Thread-safe. */
public final class JobEvents {

  /** The end of a job. */
  public enum JobEnd {
    DONE,
    /** The path has changed meanwhile, and is planned again. */
    CHANGED,
    /** No peer that has the content is connected. */
    WAITING,
    FAILED,
    /** The user cancelled it, or a pause began; what was collected stays. */
    STOPPED
  }

  /** A listener of jobs, called on the threads that do them. Must return at once. */
  public interface JobListener {
    /**
     * A job begins.
     *
     * @param kind one word
     * @param bytes of the file that is to be made or fetched
     */
    void begun(RelativePath path, String kind, long bytes);

    /**
     * A job ends, which may have ended before it began.
     *
     * @param cause of a failure; else empty
     */
    void ended(RelativePath path, JobEnd end, String cause);
  }

  private final List<JobListener> listeners = new CopyOnWriteArrayList<>();

  public void add(JobListener listener) {
    listeners.add(listener);
  }

  public void remove(JobListener listener) {
    listeners.remove(listener);
  }

  void begun(RelativePath path, String kind, long bytes) {
    listeners.forEach(listener -> listener.begun(path, kind, bytes));
  }

  void ended(RelativePath path, JobEnd end, String cause) {
    listeners.forEach(listener -> listener.ended(path, end, cause));
  }
}
