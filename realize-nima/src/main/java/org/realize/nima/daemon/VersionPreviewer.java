package org.realize.nima.daemon;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.PreviewQuery;
import org.realize.nima.control.VersionPreview;
import org.realize.nima.control.VersionPreview.PreviewKind;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.ContentOpener;
import org.realize.sync.content.LocalContent;
import org.realize.sync.content.LocalContents;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.ConflictRules;

/**
 * The reader of what the versions of a path in one arena hold, for people to compare. No more is
 * read than can be shown, and nothing but current versions of indexed paths.
 */
record VersionPreviewer(Arena arena, ContentOpener opener) {

  /** The first bytes that tell a picture. */
  private static final int HEAD_BYTES = 12;

  /** The preview that a query asks for; {@code NotFound} if the path has no such version. */
  VersionPreview of(PreviewQuery query) throws RealizeException, InterruptedException {
    Content.File file = file(query);
    if (file.sizeBytes() > VersionPreview.MAX_PICTURE_BYTES) {
      return without(PreviewKind.NONE);
    }
    try {
      int size = (int) file.sizeBytes();
      String type = type(read(query, file, Math.min(size, HEAD_BYTES)));
      if (type == null && size > VersionPreview.MAX_TEXT_BYTES) {
        return without(PreviewKind.NONE);
      }
      byte[] bytes = read(query, file, size);
      if (type == null) {
        return text(bytes);
      }
      String picture = query.withPicture() ? Base64.getEncoder().encodeToString(bytes) : null;
      return new VersionPreview(PreviewKind.PICTURE, null, type, picture);
    } catch (VersionGone e) {
      return without(PreviewKind.ELSEWHERE);
    }
  }

  private static VersionPreview without(PreviewKind kind) {
    return new VersionPreview(kind, null, null, null);
  }

  private Content.File file(PreviewQuery query) throws RealizeException {
    PathState state = arena.store().read(reader -> reader.path(query.path().path())).orElse(null);
    if (state != null) {
      for (Version version : ConflictRules.versions(state)) {
        if (version.content() instanceof Content.File file
            && file.hash().toString().equals(query.hash())) {
          return file;
        }
      }
    }
    throw new NotFound(
        "show '%s': it has no version %s any more".formatted(query.path(), query.hash()));
  }

  private byte[] read(PreviewQuery query, Content.File file, int length)
      throws RealizeException, InterruptedException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    if (length == 0) {
      return bytes.array();
    }
    if (query.fetch()) {
      try (OpenFile open = opener.open(query.path().path(), file)) {
        open.read(0, bytes);
      }
    } else {
      try (LocalContent here = new LocalContents(arena).open(query.path().path(), file)) {
        here.read(0, bytes);
      }
    }
    return bytes.array();
  }

  private static VersionPreview text(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.indexOf('\0') < 0
          ? new VersionPreview(PreviewKind.TEXT, text, null, null)
          : without(PreviewKind.NONE);
    } catch (CharacterCodingException e) {
      return without(PreviewKind.NONE);
    }
  }

  /** The media type of a picture that browsers show and that holds no script; null of all else. */
  private static @Nullable String type(byte[] head) {
    String hex = HexFormat.of().formatHex(head);
    if (hex.startsWith("89504e470d0a1a0a")) {
      return "image/png";
    }
    if (hex.startsWith("ffd8ff")) {
      return "image/jpeg";
    }
    if (hex.startsWith("474946383761") || hex.startsWith("474946383961")) {
      return "image/gif";
    }
    return hex.startsWith("52494646") && hex.startsWith("57454250", 16) ? "image/webp" : null;
  }
}
