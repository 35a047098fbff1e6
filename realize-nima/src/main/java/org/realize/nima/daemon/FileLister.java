package org.realize.nima.daemon;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ConflictReport.VersionKind;
import org.realize.nima.control.FilePage;
import org.realize.nima.control.FilePage.FileEntry;
import org.realize.nima.control.FilePage.FileState;
import org.realize.nima.control.FileQuery;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotADirectory;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Listed;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.Marks;

/**
 * The pages of what the store shows in the directories of one arena. A page costs a look at each
 * name of its directory, of which no more than the page is kept.
 */
record FileLister(Arena arena, ContentHolders holders) {

  private static final int LISTED = 5_000;

  /** One name of a page, as the store has it. */
  private record ListedFile(
      Node node, Optional<PathState> state, long cachedBytes, boolean isWhole) {}

  FilePage page(FileQuery query) throws RealizeException {
    RelativePath directory = query.directory().path();
    List<ListedFile> files =
        arena
            .store()
            .read(reader -> {
              List<ListedFile> listed = new ArrayList<>();
              for (Node node : nodes(reader, inode(reader, query), query)) {
                listed.add(listed(reader, directory.child(node.name()), node));
              }
              return listed;
            });
    Marks marks = arena.store().read(arena::marks);
    boolean isMore = files.size() > query.max();
    List<FileEntry> entries = new ArrayList<>();
    for (ListedFile file : isMore ? files.subList(0, query.max()) : files) {
      entries.add(entry(directory.child(file.node().name()), file, marks));
    }
    return new FilePage(entries, isMore ? entries.getLast().name() : null);
  }

  private static Inode inode(ArenaReader reader, FileQuery query) throws RealizeException {
    Inode inode = reader.root();
    for (String part : query.directory().path().parts()) {
      Node node =
          reader
              .child(inode, part)
              .orElseThrow(() -> new NotFound("list '" + query.directory() + "': not there"));
      if (!(node.content() instanceof Content.Directory)) {
        throw new NotADirectory("list '" + query.directory() + "': no directory");
      }
      inode = node.inode();
    }
    return inode;
  }

  /** The first nodes after the query's name, one more than it asks for. */
  private static List<Node> nodes(ArenaReader reader, Inode directory, FileQuery query)
      throws RealizeException {
    Comparator<Node> byName = Comparator.comparing(Node::name);
    PriorityQueue<Node> first = new PriorityQueue<>(byName.reversed());
    long cursor = 0;
    List<Listed> page = reader.list(directory, cursor, LISTED);
    while (!page.isEmpty()) {
      for (Listed listed : page) {
        Node node = listed.node();
        if (query.after() == null || node.name().compareTo(query.after()) > 0) {
          first.add(node);
          if (first.size() > query.max() + 1) {
            first.remove();
          }
        }
      }
      page = reader.list(directory, page.getLast().cursor(), LISTED);
    }
    return first.stream().sorted(byName).toList();
  }

  private static ListedFile listed(ArenaReader reader, RelativePath path, Node node)
      throws RealizeException {
    Optional<BlobRow> blob =
        node.content() instanceof Content.File file ? reader.blob(file.hash()) : Optional.empty();
    long cached = blob.map(row -> row.available().lengthBytes()).orElse(0L);
    return new ListedFile(
        node, reader.path(path), cached, blob.filter(BlobRow::isWhole).isPresent());
  }

  private FileEntry entry(RelativePath path, ListedFile file, Marks marks) throws RealizeException {
    Content content = file.node().content();
    PathState state = file.state().orElse(null);
    List<String> names = state == null ? List.of() : holders.of(arena, state, content);
    return new FileEntry(
        file.node().name(),
        kind(content),
        content instanceof Content.File shown ? shown.sizeBytes() : 0,
        instant(file.node().mtime()),
        content instanceof Content.File ? state(content, state, file, names) : null,
        file.cachedBytes(),
        state != null && Judgement.isConflict(state),
        names,
        marks.of(path),
        !marks.isSetOn(path));
  }

  private static FileState state(
      Content content, @Nullable PathState state, ListedFile file, List<String> holders) {
    if (state != null && state.isReal(content)) {
      return FileState.REAL;
    } else if (file.isWhole()) {
      return FileState.CACHED;
    } else if (file.cachedBytes() > 0) {
      return FileState.PARTLY;
    }
    return holders.isEmpty() ? FileState.NOWHERE : FileState.ELSEWHERE;
  }

  private static Instant instant(FileTime time) {
    long seconds =
        Math.clamp(time.seconds(), Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond());
    return Instant.ofEpochSecond(seconds, time.nanos());
  }

  private static VersionKind kind(Content content) {
    return switch (content) {
      case Content.File _ -> VersionKind.FILE;
      case Content.Directory _ -> VersionKind.DIRECTORY;
      case Content.Link _ -> VersionKind.LINK;
      case Content.Absent _ -> VersionKind.DELETED;
    };
  }
}
