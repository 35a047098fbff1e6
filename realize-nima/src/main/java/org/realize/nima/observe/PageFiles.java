package org.realize.nima.observe;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * The files of the page, by the path of their request. They hold nothing of the node. Immutable.
 */
final class PageFiles {

  private static final String INDEX = "index.html";

  private static final List<String> NAMES =
      List.of(
          INDEX,
          "page.css",
          "page.js",
          "api.js",
          "store.js",
          "dom.js",
          "decision.js",
          "words.js",
          "overview.js",
          "needs.js",
          "compare.js",
          "files.js",
          "peers.js",
          "limits.js",
          "activity.js",
          "trash.js",
          "icon.svg");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private final Map<String, PageFile> files;

  /** One file. */
  record PageFile(String type, String text) {}

  private PageFiles(Map<String, PageFile> files) {
    this.files = Map.copyOf(files);
  }

  /** Reads all of them. */
  static PageFiles read() throws StorageFailed {
    Map<String, PageFile> files = new HashMap<>();
    for (String name : NAMES) {
      try (InputStream in = PageFiles.class.getResourceAsStream("page/" + name)) {
        if (in == null) {
          throw new IOException("it is not in the program");
        }
        String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "");
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        files.put(name.equals(INDEX) ? "/" : "/" + name, new PageFile(type, text));
      } catch (IOException e) {
        throw new StorageFailed("read the page's file " + name, e);
      }
    }
    return new PageFiles(files);
  }

  Optional<PageFile> at(String path) {
    return Optional.ofNullable(files.get(path));
  }
}
