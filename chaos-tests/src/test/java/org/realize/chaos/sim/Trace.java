package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;

/**
 * The story of a household in few lines: after each action, what has changed on each peer's disk
 * and in its index. Hashes and stores are cut to four digits, and counters to their end.
 */
final class Trace {

  private static final Pattern ID =
      Pattern.compile("([0-9a-f]{4})[0-9a-f]{4}-[0-9a-f-]{27}=\\d*?(\\d{1,6})\\b");

  private final Household household;
  private final Map<String, String> last = new TreeMap<>();

  Trace(Household household) {
    this.household = household;
  }

  /** The lines that have changed since the last call. */
  String changes() throws RealizeException {
    Map<String, String> now = new LinkedHashMap<>();
    for (SimulatedPeer peer : household.peers()) {
      String store = peer.startedBefore() ? peer.state().identity().store().toString() : "none";
      now.put(peer.name() + "", (peer.running() ? "runs as " : "is down, ") + store);
      for (RelativePath path : household.contents().names()) {
        String name = peer.name() + " " + path;
        now.put(name + " disk", brief(peer.disk().contentAt(path)));
        for (PathState state : peer.knowledge(List.of(path))) {
          now.put(name + " index", brief(state));
        }
      }
    }
    List<String> lines = new ArrayList<>();
    now.forEach((name, text) -> {
      if (!text.equals(last.put(name, text)) && !text.equals("-")) {
        lines.add("    " + name + ": " + text);
      }
    });
    last.keySet().stream()
        .filter(name -> !now.containsKey(name))
        .toList()
        .forEach(name -> {
          last.remove(name);
          lines.add("    " + name + ": gone");
        });
    return String.join("\n", lines);
  }

  private static String brief(PathState state) {
    return "shows %s, real %s%s, seq %d, heard %s"
        .formatted(
            brief(state.shown()),
            state.real() == null ? "-" : brief(state.real().version()),
            state.real() != null && state.real().stat() == null ? " (gone)" : "",
            state.announcedSeq(),
            state.reports().entrySet().stream()
                .map(entry -> brief(entry.getKey().toString(), entry.getValue()))
                .toList());
  }

  private static String brief(String store, Report report) {
    return report.versions().stream()
        .map(reported -> brief(reported.version()) + (reported.held() ? " held" : ""))
        .collect(Collectors.joining(", ", store.substring(0, 4) + ": ", ""));
  }

  private static String brief(Version version) {
    Matcher ids = ID.matcher(version.vector().toString());
    return brief(version.content())
        + ids.replaceAll("$1=$2")
        + (version.basis() == null ? "" : " over " + version.basis().toString().substring(0, 4))
        + (version.found() ? " found" : "");
  }

  private static String brief(Content content) {
    return switch (content) {
      case Content.File file -> file.hash().toString().substring(0, 4);
      case Content.Directory() -> "dir";
      case Content.Link link -> "->" + link.target();
      case Content.Absent() -> "-";
    };
  }
}
