package org.realize.nima.cli;

/**
 * A thing that {@link Doctor} looked at.
 *
 * @param detail one line: what was seen
 * @param mend the command, or the one step, that mends it; empty where nothing is to be done
 */
record Check(Severity severity, String subject, String detail, String mend) {

  /** The verdict on a subject. */
  enum Severity {
    OK,
    /** It works, but perhaps not as wished. */
    WARN,
    WRONG
  }

  Check {
    detail = detail.replace('\n', ' ');
  }

  static Check ok(String subject, String detail) {
    return new Check(Severity.OK, subject, detail, "");
  }

  static Check warn(String subject, String detail, String mend) {
    return new Check(Severity.WARN, subject, detail, mend);
  }

  static Check wrong(String subject, String detail, String mend) {
    return new Check(Severity.WRONG, subject, detail, mend);
  }

  /** The line as it is printed. */
  String text() {
    return mend.isEmpty() ? detail : detail + "; to mend it: " + mend;
  }
}
