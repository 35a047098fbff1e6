package org.realize.nima.control;

import org.jspecify.annotations.Nullable;

/**
 * What can be shown of one version of a file, for people who choose among several.
 *
 * @param text of a text, else null
 * @param type the media type of a picture, else null
 * @param picture the bytes of a picture in base64, if they were asked for; else null
 */
public record VersionPreview(
    PreviewKind kind, @Nullable String text, @Nullable String type, @Nullable String picture) {

  /** Bytes of the largest text that is shown. */
  public static final int MAX_TEXT_BYTES = 64 << 10;

  /** Bytes of the largest picture that is shown. */
  public static final int MAX_PICTURE_BYTES = 2 << 20;

  /** The ways to show a version. */
  public enum PreviewKind {
    /** It is UTF-8 without NUL. */
    TEXT,
    /** It is a PNG, JPEG, GIF or WebP, by its first bytes. */
    PICTURE,
    /** It is neither, or too large. */
    NONE,
    /** It may be one of these, and not all of its bytes are here. */
    ELSEWHERE
  }
}
